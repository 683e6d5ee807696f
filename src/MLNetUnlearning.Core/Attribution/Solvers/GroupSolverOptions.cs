namespace MLNetUnlearning.Attribution.Solvers;

/// <summary>How the systems of a request are solved.</summary>
/// <param name="Stages">Stages in which the rows that leave lose their weight.</param>
/// <param name="Iterations">Most iterations of each.</param>
/// <param name="Tolerance">Fall of the residual at which a stage's solver stops.</param>
/// <param name="CurvatureRows">Rows that the curvature is taken from.</param>
/// <param name="BatchSize">Rows per pass.</param>
internal sealed record GroupSolverOptions(int Stages, int Iterations, double Tolerance, int CurvatureRows, int BatchSize);
