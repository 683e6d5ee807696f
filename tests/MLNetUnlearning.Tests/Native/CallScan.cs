using System.Reflection.Emit;
using System.Reflection.Metadata;
using System.Reflection.Metadata.Ecma335;
using System.Reflection.PortableExecutable;

namespace MLNetUnlearning.Tests.Native;

/// <summary>Which methods the methods of an assembly call, read from its code.</summary>
internal static class CallScan
{
    private static readonly Dictionary<int, OpCode> Codes = typeof(OpCodes).GetFields().Select(field => (OpCode)field.GetValue(null)!).ToDictionary(code => (int)(ushort)code.Value);

    /// <summary>Called methods by calling method, each as type, name and parameter types.</summary>
    public static Dictionary<string, HashSet<string>> Of(string file)
    {
        using var image = new PEReader(File.OpenRead(file));
        var metadata = image.GetMetadataReader();
        var calls = new Dictionary<string, HashSet<string>>();
        foreach (var handle in metadata.MethodDefinitions)
        {
            var method = metadata.GetMethodDefinition(handle);
            string name = Name(metadata, handle);
            if (!calls.TryGetValue(name, out var called))
            {
                calls[name] = called = [];
            }

            if (method.RelativeVirtualAddress != 0)
            {
                Read(metadata, image.GetMethodBody(method.RelativeVirtualAddress).GetILReader(), called);
            }
        }

        return calls;
    }

    private static void Read(MetadataReader metadata, BlobReader code, HashSet<string> called)
    {
        while (code.RemainingBytes > 0)
        {
            int first = code.ReadByte();
            // Two-byte codes begin with 0xFE.
            switch (Codes[first == 0xFE ? 0xFE00 | code.ReadByte() : first].OperandType)
            {
                case OperandType.InlineNone:
                    break;
                case OperandType.ShortInlineBrTarget or OperandType.ShortInlineI or OperandType.ShortInlineVar:
                    code.Offset += 1;
                    break;
                case OperandType.InlineVar:
                    code.Offset += 2;
                    break;
                case OperandType.InlineI8 or OperandType.InlineR:
                    code.Offset += 8;
                    break;
                case OperandType.InlineSwitch:
                    int branches = code.ReadInt32();
                    code.Offset += 4 * branches;
                    break;
                case OperandType.InlineMethod:
                    called.Add(Name(metadata, MetadataTokens.EntityHandle(code.ReadInt32())));
                    break;
                default:
                    code.Offset += 4;
                    break;
            }
        }
    }

    private static string Name(MetadataReader metadata, EntityHandle handle)
    {
        var names = new SignatureNames();
        string Text(string type, StringHandle name, MethodSignature<string> signature) => $"{type}.{metadata.GetString(name)}({string.Join(",", signature.ParameterTypes)})";
        switch (handle.Kind)
        {
            case HandleKind.MethodSpecification:
                return Name(metadata, metadata.GetMethodSpecification((MethodSpecificationHandle)handle).Method);
            case HandleKind.MethodDefinition:
                var definition = metadata.GetMethodDefinition((MethodDefinitionHandle)handle);
                return Text(names.GetTypeFromDefinition(metadata, definition.GetDeclaringType(), 0), definition.Name, definition.DecodeSignature(names, null));
            default:
                var reference = metadata.GetMemberReference((MemberReferenceHandle)handle);
                string type = reference.Parent.Kind switch
                {
                    HandleKind.TypeReference => names.GetTypeFromReference(metadata, (TypeReferenceHandle)reference.Parent, 0),
                    HandleKind.TypeSpecification => names.GetTypeFromSpecification(metadata, null, (TypeSpecificationHandle)reference.Parent, 0).Split('{')[0],
                    HandleKind.TypeDefinition => names.GetTypeFromDefinition(metadata, (TypeDefinitionHandle)reference.Parent, 0),
                    _ => "",
                };
                return Text(type, reference.Name, reference.DecodeMethodSignature(names, null));
        }
    }
}
