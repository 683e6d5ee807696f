using Microsoft.ML;
using MLNetUnlearning.Networks;
using MLNetUnlearning.Trainers;
using MLNetUnlearning.Training;

namespace ExistingPipeline;

/// <summary>The pipeline that forgets: one line more, at its end.</summary>
internal static class PipelineAfter
{
    public static IEstimator<ITransformer> Create(MLContext ml, IReadOnlyList<long> forgetRowIds) =>
        ml.Transforms.Categorical.OneHotEncoding([new("Workclass"), new("MaritalStatus"), new("Occupation"), new("Relationship")])
            .Append(ml.Transforms.NormalizeMeanVariance([new("Age"), new("EducationYears"), new("CapitalGain"), new("CapitalLoss"), new("HoursPerWeek")]))
            .Append(ml.Transforms.Concatenate("Features", "Age", "EducationYears", "CapitalGain", "CapitalLoss", "HoursPerWeek", "Workclass", "MaritalStatus", "Occupation", "Relationship"))
            .Append(ml.BinaryClassification.Trainers.NeuralNetwork(new NeuralNetworkBinaryOptions
            {
                Network = NetworkSpec.Mlp(32),
                Epochs = 10,
                Bank = new ModelBankOptions { Members = 0, FullMembers = 4 },
            }))
            .Unlearn(ml, forgetRowIds);
}
