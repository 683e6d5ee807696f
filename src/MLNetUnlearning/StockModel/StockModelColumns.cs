namespace MLNetUnlearning.StockModel;

/// <summary>Names of the columns of a stock model.</summary>
/// <param name="Features">Column of features, a vector of Single of known size.</param>
/// <param name="Score">Column of class probabilities that the model adds.</param>
/// <param name="PredictedLabel">Column of predicted labels that the model adds, a key.</param>
internal sealed record StockModelColumns(string Features, string Score, string PredictedLabel);
