using MLNetUnlearning.Training;

namespace MLNetUnlearning.Attribution;

/// <summary>A method that predicts what models would output had they been trained without some rows.</summary>
public interface IAttributor
{
    /// <summary>Short name for reports, such as "gauss-newton".</summary>
    string Name { get; }

    /// <summary>What the method cannot do without.</summary>
    AttributorNeeds Needs { get; }

    /// <summary>Throws unless the method can be fitted on a bank of this outline. Cheap; <see cref="Fit"/> asks too, but a bank that is yet to be trained costs more than a question. By default checks <see cref="Needs"/>.</summary>
    /// <param name="bank">The bank, trained or not.</param>
    /// <exception cref="ArgumentException">Names what the bank lacks and the setting to change.</exception>
    /// <exception cref="UnsupportedLayerException">The network has a layer that the method cannot attribute.</exception>
    void Require(BankOutline bank) => bank.RequireMembers(this);

    /// <summary>Does the work that does not depend on a request, once per model bank.</summary>
    /// <param name="bank">Models to attribute through; the result reads them and does not own them.</param>
    /// <param name="rows">The rows that the bank was trained on.</param>
    /// <param name="progress">Receives a report per model.</param>
    /// <param name="cancellationToken">Stops the work between two batches.</param>
    /// <exception cref="ArgumentException">The bank lacks the members that the method needs; thrown before any work.</exception>
    /// <exception cref="UnsupportedLayerException">The network has a layer that the method cannot attribute; thrown before any work.</exception>
    IFittedAttributor Fit(ModelBank bank, LabeledRows rows, IProgress<WorkProgress>? progress = null, CancellationToken cancellationToken = default);
}
