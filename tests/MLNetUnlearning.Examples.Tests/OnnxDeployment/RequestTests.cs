using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;

namespace MLNetUnlearning.Examples.Tests.OnnxDeployment;

[TestClass]
public sealed class RequestTests
{
    private static Service service = null!;

    [ClassInitialize]
    public static async Task Initialize(TestContext _) => service = await Service.Start(ExportedModels.All[0], "--Limits:RequestBytes", "100000", "--Limits:Rows", "100");

    [ClassCleanup]
    public static async Task Cleanup() => await service.DisposeAsync();

    [TestMethod]
    public async Task Score_Rows_AnswersEveryColumn()
    {
        var answer = await Answer.For(service.Client, ..40);

        Assert.AreEqual(ExportedModels.All[0].Digest, answer.Model);
        for (int i = 0; i < 40; i++)
        {
            Assert.AreEqual(ExportedModels.All[0].Labels[i], answer.Rows[i].PredictedLabel);
            Assert.AreEqual(answer.Rows[i].Score.Max(), answer.Rows[i].Score[answer.Rows[i].PredictedIndex]);
        }
    }

    [TestMethod]
    public async Task Health_Always_DescribesTheModel()
    {
        var health = await service.Health();

        Assert.AreEqual("Healthy", health.GetProperty("status").GetString());
        Assert.AreEqual("""[{"name":"Pixels","type":"Float","width":64}]""", health.GetProperty("model").GetProperty("inputs").GetRawText());
        Assert.AreEqual(3, health.GetProperty("model").GetProperty("outputs").GetArrayLength());
        Assert.AreEqual(JsonValueKind.Null, health.GetProperty("refused").ValueKind);
    }

    [TestMethod]
    [DataRow("""{"rows":[{"Pixels":[1,2]}]}""", "rows[0].Pixels", "array of 64", DisplayName = "too short")]
    [DataRow("""{"rows":[{"Pixels":"1"}]}""", "rows[0].Pixels", "array of 64", DisplayName = "no array")]
    [DataRow("""{"rows":[{"Pixel":[1]}]}""", "rows[0].Pixel", "inputs: Pixels", DisplayName = "unknown column")]
    [DataRow("""{"rows":[{}]}""", "rows[0].Pixels", "missing", DisplayName = "missing column")]
    [DataRow("""{"rows":[7]}""", "rows[0]", "object", DisplayName = "no object")]
    [DataRow("""{"rows":[]}""", "rows", "1 to 100 rows", DisplayName = "no rows")]
    [DataRow("""{"rows":{}}""", "rows", "1 to 100 rows", DisplayName = "rows no array")]
    public async Task Score_RowsThatDoNotFit_NamesThePlace(string body, string place, string reason)
    {
        var problem = await Problem(await Post(body), HttpStatusCode.BadRequest);

        StringAssert.Contains(problem.GetProperty("errors").GetProperty(place).EnumerateArray().Single().GetString(), reason);
    }

    [TestMethod]
    [DataRow("\"a\"", DisplayName = "text")]
    [DataRow("1e39", DisplayName = "beyond Single")]
    [DataRow("[1]", DisplayName = "array")]
    [DataRow("true", DisplayName = "Boolean")]
    public async Task Score_ElementOfAnotherType_NamesTheElement(string element)
    {
        string pixels = string.Join(',', Enumerable.Range(0, 64).Select(i => i == 63 ? element : "1"));

        var problem = await Problem(await Post($$"""{"rows":[{"Pixels":[{{pixels}}]}]}"""), HttpStatusCode.BadRequest);

        StringAssert.Contains(problem.GetProperty("errors").GetProperty("rows[0].Pixels")[0].GetString(), "Element 63 (from 0)");
    }

    /// <summary>A missing number is NaN in ML.NET and null in JSON. This pipeline replaces no missing values, so its scores are NaN, too.</summary>
    [TestMethod]
    public async Task Score_MissingNumber_AnswersNull()
    {
        using var response = await Post($$"""{"rows":[{"Pixels":[{{string.Join(',', Enumerable.Repeat("null", 64))}}]}]}""");

        Assert.AreEqual(HttpStatusCode.OK, response.StatusCode);
        using var answer = JsonDocument.Parse(await response.Content.ReadAsStringAsync());
        Assert.AreEqual(JsonValueKind.Null, answer.RootElement.GetProperty("rows")[0].GetProperty("Score")[0].ValueKind);
    }

    [TestMethod]
    [DataRow("""{"rows":[}""", "BytePositionInLine: 9", DisplayName = "no JSON")]
    [DataRow("", "not JSON", DisplayName = "no body")]
    [DataRow("""{"rows":[{"Pixels":[[[[[[[[1]]]]]]]]}]}""", "depth", DisplayName = "too deep")]
    [DataRow("""{"rows":[],"rows":[]}""", "rows", DisplayName = "member given twice")]
    [DataRow("""{"rowz":[]}""", """{"rows":""", DisplayName = "unknown member")]
    [DataRow("""{"rows":[],"model":"a"}""", "nothing else", DisplayName = "further member")]
    [DataRow("{}", """{"rows":""", DisplayName = "no member")]
    [DataRow("null", """{"rows":""", DisplayName = "null")]
    public async Task Score_BodyThatIsNoRequest_SaysWhatIsWrong(string body, string part) =>
        StringAssert.Contains((await Problem(await Post(body), HttpStatusCode.BadRequest)).GetProperty("detail").GetString(), part);

    [TestMethod]
    public async Task Score_BodyOverTheLimit_Is413() =>
        await Problem(await Post($$"""{"rows":[{"Pixels":[{{new string(' ', 100_000)}}]}]}"""), HttpStatusCode.RequestEntityTooLarge);

    [TestMethod]
    public async Task Score_MoreRowsThanTheLimit_SaysHowManyMayCome()
    {
        var problem = await Problem(await Post($$"""{"rows":[{{string.Join(',', Enumerable.Repeat("{}", 101))}}]}"""), HttpStatusCode.BadRequest);

        StringAssert.Contains(problem.GetProperty("errors").GetProperty("rows")[0].GetString(), "1 to 100");
    }

    [TestMethod]
    public async Task OtherErrors_AreProblemDetailsToo()
    {
        using var text = new StringContent("Pixels");
        await Problem(await service.Client.PostAsync("score", text), HttpStatusCode.UnsupportedMediaType);
        await Problem(await service.Client.GetAsync("score"), HttpStatusCode.MethodNotAllowed);
        await Problem(await service.Client.GetAsync("admin"), HttpStatusCode.NotFound);
    }

    private static Task<HttpResponseMessage> Post(string body) =>
        service.Client.PostAsync("score", new ByteArrayContent(Encoding.UTF8.GetBytes(body)) { Headers = { ContentType = new MediaTypeHeaderValue("application/json") } });

    private static async Task<JsonElement> Problem(HttpResponseMessage response, HttpStatusCode status)
    {
        using (response)
        {
            string body = await response.Content.ReadAsStringAsync();
            Assert.AreEqual(status, response.StatusCode, body);
            Assert.AreEqual("application/problem+json", response.Content.Headers.ContentType?.MediaType);
            var problem = JsonDocument.Parse(body).RootElement;
            Assert.AreEqual((int)status, problem.GetProperty("status").GetInt32());
            return problem;
        }
    }
}
