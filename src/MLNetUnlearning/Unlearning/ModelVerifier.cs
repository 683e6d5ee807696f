using Microsoft.ML;
using Microsoft.ML.Runtime;
using MLNetUnlearning.Chains;
using MLNetUnlearning.Data;
using MLNetUnlearning.Networks;
using MLNetUnlearning.Trainers;
using MLNetUnlearning.Training;
using MLNetUnlearning.Verification;

namespace MLNetUnlearning.Unlearning;

/// <summary>Verifies an unlearning run on the models, rows and settings that it used.</summary>
internal static class ModelVerifier
{
    public static VerificationReport Verify(IHostEnvironment env, UnlearningResult result, IDataView train, IDataView test, VerificationOptions options, CancellationToken cancellationToken)
    {
        options.Validate();
        using var channel = env.Register("Verification").Start("Verification");
        var location = result.Original;
        var network = location.Network;
        var state = ModelUnlearner.StateOf(network);
        using var use = state.Enter();
        using var rows = ModelUnlearner.KnownRows(location, train, cancellationToken);
        using var validation = TestRows(location, test, cancellationToken);
        channel.Info(MessageSensitivity.None, $"Verifying {result.Method} with {options.Oracles} models of each kind on {rows.Rows.Count} training and {validation.Rows.Count} test rows");
        var verifier = new Verifier(new Trainer(network.Scorer.Graph, network.Options.ToTrainerOptions()), options);
        using var deployed = Stack(NetworkLocation.Find(result.UnlearnedModel));
        return verifier.Verify(result.Unlearner, result.Request, rows.Rows, validation.Rows, state.Attributor, deployed, cancellationToken);
    }

    public static AuditReport Audit(IHostEnvironment env, UnlearningResult result, IDataView train, IDataView test, AuditOptions options, CancellationToken cancellationToken)
    {
        options.Validate();
        using var channel = env.Register("Verification").Start("Audit");
        var location = result.Original;
        var state = ModelUnlearner.StateOf(location.Network);
        using var use = state.Enter();
        using var rows = ModelUnlearner.KnownRows(location, train, cancellationToken);
        using var validation = TestRows(location, test, cancellationToken);
        using var original = Stack(location);
        using var unlearned = Stack(NetworkLocation.Find(result.UnlearnedModel));
        channel.Info(MessageSensitivity.None, $"Auditing {result.Method} with a bank of {state.Bank.Members.Count} on {rows.Rows.Count} training and {validation.Rows.Count} test rows");
        var subject = new AuditSubject
        {
            Method = result.Method,
            Request = result.Request,
            Original = original,
            Unlearned = unlearned,
            Rows = rows.Rows,
            Validation = validation.Rows,
            Bank = state.Bank,
            Attributor = state.Attributor,
            MatchResidual = result.MatchResidualAfter,
        };
        return new Auditor(options).Audit(subject, cancellationToken);
    }

    private static ModelStack Stack(NetworkLocation location) => location.Network.Scorer.With(network => network.ToStack());

    // Test rows need no ids of their own: without the column they are numbered by position.
    private static ReadRows TestRows(NetworkLocation location, IDataView test, CancellationToken cancellationToken)
    {
        var view = location.TransformPrefix(test);
        var columns = location.Network.Options.Columns;
        bool hasIds = view.Schema.GetColumnOrNull(columns.RowId) is not null;
        var data = new RowReader(hasIds ? columns : columns with { RowId = "" }, location.Network.Task, location.Network.Scaling).Read(view, null, cancellationToken);
        try
        {
            ModelFit.Check(location.Network, data);
            return data;
        }
        catch
        {
            data.Dispose();
            throw;
        }
    }
}
