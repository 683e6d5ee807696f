namespace MLNetUnlearning.Examples.Tests.OnnxDeployment;

/// <summary>An exported pipeline, and what ML.NET says of the test rows.</summary>
/// <param name="File">The ONNX file.</param>
/// <param name="Digest">SHA-256 of the file.</param>
/// <param name="Scores">Class probabilities of each test row.</param>
/// <param name="Labels">Predicted label of each test row.</param>
internal sealed record ExportedModel(string File, string Digest, float[][] Scores, string[] Labels);
