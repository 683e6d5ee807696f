using MLNetUnlearning.Training;

namespace MLNetUnlearning.Unlearning;

/// <summary>
/// DM-Direct (Georgiev et al., arXiv 2410.23232): serves the predicted outputs themselves, each model's logits plus the change that attribution predicts, and changes no weight. It shows
/// the error of the predictions apart from that of fine-tuning; a diagnostic and not a model to deploy.
/// </summary>
public sealed class DatamodelDirect : IUnlearner
{
    private readonly DatamodelDirectOptions options;

    /// <summary>Creates the method with its settings, which are checked and copied.</summary>
    public DatamodelDirect(DatamodelDirectOptions options)
    {
        options.Validate();
        this.options = options.Clone();
    }

    /// <inheritdoc/>
    public string Name => "datamodel-direct";

    /// <inheritdoc/>
    public UnlearnerNeeds Needs => UnlearnerNeeds.ForgetRows | UnlearnerNeeds.Attribution;

    /// <inheritdoc/>
    public bool PredictsOnly => true;

    /// <inheritdoc/>
    public UnlearningOutcome Unlearn(UnlearningRequest request, UnlearningContext context, IProgress<WorkProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        context.Require(this);
        request.Resolve(context.Rows);
        var students = context.Models.Clone();
        return new UnlearningOutcome(students, TimeSpan.Zero, TimeSpan.Zero)
        {
            Predicted = new PredictedOutputs(students, context.Rows, request.ForgetRowIds, context.Attributor!, options.Multiplier),
        };
    }
}
