using System.Net.Sockets;
using System.Text;
using Skep.EndToEnd.Support;

namespace Skep.EndToEnd.Agent;

/// <summary>What a service manager hears of an agent (sd_notify(3)).</summary>
public sealed class ServiceNotifyTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_manager_hears_when_it_is_ready_lives_reloads_and_ends(bool isAbstract)
    {
        using var agent = new RunningAgent();
        string path = agent.FileOf("notify");
        using var manager = new Socket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified) { ReceiveTimeout = 30_000 };
        manager.Bind(new UnixDomainSocketEndPoint(isAbstract ? $"\0{path}" : path));
        agent.Start(("NOTIFY_SOCKET", isAbstract ? $"@{path}" : path), ("WATCHDOG_USEC", "1000000"));
        Await(manager, "READY=1\nSTATUS=");
        Await(manager, "WATCHDOG=1");
        Tool.Run("kill", "-HUP", $"{agent.Process.Id}");
        Await(manager, "RELOADING=1");
        Await(manager, "READY=1\nSTATUS=");
        agent.End();
        Await(manager, "STOPPING=1");
        Assert.Equal(0, agent.Process.ExitCode);
    }

    private static void Await(Socket manager, string state)
    {
        var message = new byte[4096];
        while (!Encoding.UTF8.GetString(message, 0, manager.Receive(message)).StartsWith(state, StringComparison.Ordinal))
        {
        }
    }
}
