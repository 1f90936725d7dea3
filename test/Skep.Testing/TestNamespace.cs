using System.Globalization;

namespace Skep.Testing;

/// <summary>A network namespace of a test's own; removed when disposed, with the devices in it.</summary>
public sealed class TestNamespace : IDisposable
{
    internal const string Prefix = "skep-test-";

    private static int _made;

    public TestNamespace()
    {
        Requires.Root();
        Name = $"{Prefix}{Environment.ProcessId}-{Interlocked.Increment(ref _made)}";
        Tool.Run("ip", "netns", "add", Name);
    }

    public string Name { get; }

    /// <summary>The namespace's number, as <c>ls -l /proc/PID/ns/net</c> shows it.</summary>
    public long Inode => long.Parse(Tool.Run("stat", "-Lc", "%i", $"/run/netns/{Name}"), CultureInfo.InvariantCulture);

    /// <summary>Runs ip(8) in it; the words are separated by spaces.</summary>
    public string Ip(string words) => Tool.Run("ip", ["-n", Name, .. words.Split(' ')]);

    public uint IndexOf(string device) => uint.Parse(Ip($"-o link show {device}").Split(':')[0], CultureInfo.InvariantCulture);

    /// <summary>Sets variables of sysctl(8) in it: <c>NAME=VALUE</c>.</summary>
    public void Sysctl(params string[] settings) => Tool.Run("ip", ["netns", "exec", Name, "sysctl", "-qw", .. settings]);

    /// <summary>The words that run a command in it, in the same mount namespace.</summary>
    public string[] Inside(params string[] command) => ["nsenter", $"--net=/run/netns/{Name}", .. command];

    public void Dispose() => Tool.Run("ip", "netns", "del", Name);
}
