using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;

namespace MLNetUnlearning.Examples.Tests.OnnxDeployment;

/// <summary>A request whose body stays unfinished until a test finishes it: a request under way for as long as is wanted.</summary>
internal sealed class SlowRequest : IDisposable
{
    private readonly TcpClient connection = new();
    private readonly byte[] body = JsonSerializer.SerializeToUtf8Bytes(new { rows = new[] { new { ExportedModels.Rows[0].Pixels } } }, Naming.AsIs);

    /// <summary>Sends the head and half of the body. The service is then reading: it has asked for the body with 100 Continue.</summary>
    public static async Task<SlowRequest> Begin(Uri address)
    {
        var request = new SlowRequest();
        await request.connection.ConnectAsync(address.Host, address.Port);
        var stream = request.connection.GetStream();
        await stream.WriteAsync(Encoding.ASCII.GetBytes(
            $"POST /score HTTP/1.1\r\nHost: {address.Authority}\r\nContent-Type: application/json\r\nContent-Length: {request.body.Length}\r\nExpect: 100-continue\r\nConnection: close\r\n\r\n"));
        byte[] go = Encoding.ASCII.GetBytes("HTTP/1.1 100 Continue\r\n\r\n");
        byte[] answer = new byte[go.Length];
        await stream.ReadExactlyAsync(answer).AsTask().WaitAsync(TimeSpan.FromMinutes(1));
        CollectionAssert.AreEqual(go, answer);
        await stream.WriteAsync(request.body.AsMemory(0, request.body.Length / 2));
        return request;
    }

    /// <summary>Sends the rest of the body.</summary>
    public async Task Finish() => await connection.GetStream().WriteAsync(body.AsMemory(body.Length / 2));

    /// <summary>Waits for the answer; null if the connection was closed without one.</summary>
    public async Task<HttpStatusCode?> Status()
    {
        using var reader = new StreamReader(connection.GetStream(), Encoding.ASCII);
        string? line = await reader.ReadLineAsync().WaitAsync(TimeSpan.FromMinutes(1));
        return line is null ? null : (HttpStatusCode)int.Parse(line.Split(' ')[1], System.Globalization.CultureInfo.InvariantCulture);
    }

    public void Dispose() => connection.Dispose();
}
