using System.Globalization;

namespace Skep.Kernel.Tests.Support;

/// <summary>A network namespace of its own with a veth pair <c>v0</c>, <c>v1</c>; gone when disposed.</summary>
internal sealed class TestNetwork : IDisposable
{
    private static int _made;

    public TestNetwork()
    {
        Requires.Root();
        Name = $"skep-kernel-{Environment.ProcessId}-{Interlocked.Increment(ref _made)}";
        Tool.Run("ip", "netns", "add", Name);
        Tool.Run("ip", "-n", Name, "link", "add", "v0", "type", "veth", "peer", "name", "v1");
        Inode = long.Parse(Tool.Run("stat", "-Lc", "%i", $"/run/netns/{Name}"), CultureInfo.InvariantCulture);
        IfIndex = long.Parse(Tool.Run("ip", "-n", Name, "-o", "link", "show", "v0").Split(':')[0], CultureInfo.InvariantCulture);
    }

    public string Name { get; }

    /// <summary>The namespace's number, as <c>ls -l /proc/PID/ns/net</c> shows it.</summary>
    public long Inode { get; }

    public long IfIndex { get; }

    /// <summary>The command that runs a command inside, in the same mount namespace.</summary>
    public string[] Inside(params string[] command) => ["nsenter", $"--net=/run/netns/{Name}", .. command];

    public void Dispose() => Tool.Run("ip", "netns", "del", Name);
}
