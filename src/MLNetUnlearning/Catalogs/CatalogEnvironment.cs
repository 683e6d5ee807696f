using System.Reflection;
using Microsoft.ML.Runtime;

namespace Microsoft.ML;

/// <summary>Finds the environment behind a catalog.</summary>
internal static class CatalogEnvironment
{
    // ML.NET shows it to its own assemblies only. It carries the seed, the log and the choice of a GPU; without it steps still work, with a fixed seed on the CPU.
    public static IHostEnvironment Of(object catalog) =>
        catalog.GetType().GetInterface("Microsoft.ML.Data.IInternalCatalog")
            ?.GetProperty("Environment", BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance)
            ?.GetValue(catalog) as IHostEnvironment
        ?? new MLContext(seed: 0);
}
