using Skep.Linux.Network;

namespace Skep.Bpf.Tests;

/// <summary>A network namespace of its own with a veth pair <c>one</c>, <c>two</c>; gone when disposed.</summary>
internal sealed class TestNetwork : IDisposable
{
    private readonly string _name = $"skep-bpf-{Environment.ProcessId}-{Environment.TickCount64}";

    internal TestNetwork()
    {
        Tools.Run("ip", "netns", "add", _name);
        Tools.Run("ip", "-n", _name, "link", "add", "one", "type", "veth", "peer", "name", "two");
        Namespace = NetworkNamespace.Open(_name);
        OneIndex = uint.Parse(Tools.Run("ip", "-n", _name, "-o", "link", "show", "one").Split(':')[0]);
    }

    internal NetworkNamespace Namespace { get; }

    internal uint OneIndex { get; }

    internal string Show(string device) => Tools.Run("ip", "-n", _name, "-d", "link", "show", device);

    public void Dispose()
    {
        Namespace.Dispose();
        Tools.Run("ip", "netns", "del", _name);
    }
}
