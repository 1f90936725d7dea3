using System.Net;
using System.Net.Sockets;
using System.Text;
using Skep.Agent.Fleet.Etcd;
using Skep.Agent.Fleet.Model;
using Skep.Agent.Fleet.Store;

namespace Skep.Agent.Tests.Fleet;

/// <summary>What answers in the place of etcd with something of its own.</summary>
public sealed class ForeignAnswerTests : IDisposable
{
    private readonly HttpListener _server = new();
    private readonly string _address = $"http://127.0.0.1:{FreePort()}";
    private byte[] _answer = [];
    private int _asked;

    public ForeignAnswerTests()
    {
        _server.Prefixes.Add(_address + "/");
        _server.Start();
        _ = Task.Run(Serve, CancellationToken.None);
    }

    public void Dispose() => _server.Close();

    [Theory]
    [InlineData("")]
    [InlineData("{}")]
    [InlineData("<html>busy</html>")]
    [InlineData("[1, 2")]
    [InlineData("""{"header":{"revision":"1"},"kvs":[{"key":"?","mod_revision":"x"}]}""")]
    [InlineData("""{"header":{"revision":"1"},"kvs":[{"key":1,"mod_revision":null}]}""")]
    public async Task An_answer_that_is_none_of_etcd_is_a_fault_of_the_store(string answer)
    {
        _answer = Encoding.UTF8.GetBytes(answer);
        CancellationToken stop = TestContext.Current.CancellationToken;
        using EtcdClient client = Client();
        await Assert.ThrowsAsync<FleetException>(() => client.List("/skep", stop));
        await Assert.ThrowsAsync<FleetException>(() => client.Grant(60, stop));
    }

    [Fact]
    public async Task A_change_that_no_etcd_has_answered_is_a_fault_of_the_store()
    {
        _answer = "{}"u8.ToArray();
        using EtcdClient client = Client();
        var e = await Assert.ThrowsAsync<FleetException>(
            () => client.Change([], [new("/skep", [])], TestContext.Current.CancellationToken));
        Assert.Contains("the answer is not one of etcd: it has no revision", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_lease_is_tried_again_and_the_source_ends_well()
    {
        _answer = "<html>busy</html>"u8.ToArray();
        var source = new EtcdSource(Client(), new AgentAlive("a", "a", "1.0", "2026-01-01T00:00:00Z", ["web"]), null);
        source.Start();
        await FleetScene.Until(() => Task.FromResult(Volatile.Read(ref _asked) >= 6), "it asks again");
        await source.DisposeAsync();
    }

    private EtcdClient Client() => new(new EtcdOptions([new Uri(_address)]));

    private async Task Serve()
    {
        try
        {
            while (true)
            {
                HttpListenerContext context = await _server.GetContextAsync();
                Interlocked.Increment(ref _asked);
                await context.Response.OutputStream.WriteAsync(_answer);
                context.Response.Close();
            }
        }
        catch (Exception e) when (e is HttpListenerException or ObjectDisposedException)
        {
        }
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
