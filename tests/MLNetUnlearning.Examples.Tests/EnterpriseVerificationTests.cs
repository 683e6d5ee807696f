using MLNetUnlearning.Tests;

namespace MLNetUnlearning.Examples.Tests;

/// <summary>The build gate, run as a build runs it.</summary>
/// <remarks>Without colours: on some build machines the runner writes escape sequences between the words even into a pipe.</remarks>
[TestClass]
public sealed class EnterpriseVerificationTests
{
    [TestMethod]
    public void Gate_DatamodelMatching_Passes()
    {
        var (exitCode, output, errors) = Gate();

        Assert.AreEqual(0, exitCode, output + errors);
        StringAssert.Contains(output, "succeeded: 6");
        StringAssert.Contains(output, "verification.json");
    }

    /// <summary>Negative control: a model that forgets nothing must not get through, for the very reason that it does not forget.</summary>
    [TestMethod]
    public void Gate_DoNothing_FailsTheBuildAndSaysWhy()
    {
        var (exitCode, output, errors) = Gate("--test-parameter", "method=do-nothing");

        Assert.AreEqual(2, exitCode, output + errors);
        StringAssert.Contains(output, "failed ForgottenRows_ComparedWithRetraining_AreForgotten");
        StringAssert.Contains(output, "UnlearningAssert.ForgetKlomWithin failed. KLoM of the forget rows");
        StringAssert.Contains(output, "N = 100 models, 50 rows ('do-nothing')");
        StringAssert.Contains(output, "What to do:");
    }

    [TestMethod]
    public void Gate_UnknownMethod_FailsTheBuildAndNamesIt()
    {
        var (exitCode, output, errors) = Gate("--test-parameter", "method=hope");

        Assert.AreEqual(2, exitCode, output + errors);
        StringAssert.Contains(output, "'hope'");
    }

    private static (int ExitCode, string Output, string Errors) Gate(params string[] arguments) =>
        ChildProcess.Run("EnterpriseVerification", null, ["--progress", "off", "--ansi", "off", .. arguments]);
}
