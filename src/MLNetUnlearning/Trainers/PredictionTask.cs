namespace MLNetUnlearning.Trainers;

/// <summary>What a model predicts.</summary>
public enum PredictionTask
{
    /// <summary>One of several classes; the label is a key.</summary>
    MulticlassClassification,

    /// <summary>Yes or no; the label is Boolean.</summary>
    BinaryClassification,

    /// <summary>A number, or several; the label is a Single, or a vector of Single.</summary>
    Regression,
}
