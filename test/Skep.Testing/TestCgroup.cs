using System.Globalization;


namespace Skep.Testing;

/// <summary>A child of the unified cgroup hierarchy's root, with no processes; removed when disposed.</summary>
public sealed class TestCgroup : IDisposable
{
    internal const string Prefix = "skep-test-";

    private static int _made;

    public TestCgroup(string suffix = "")
    {
        Requires.Root();
        string? mount = File.ReadLines("/proc/mounts").Select(line => line.Split(' ')).FirstOrDefault(words => words[2] == "cgroup2")?[1];
        Assert.SkipWhen(mount is null, "the machine cannot: it has no cgroup v2");
        Path = $"/{Prefix}{Environment.ProcessId}-{Interlocked.Increment(ref _made)}{suffix}";
        Directory = mount + Path;
        System.IO.Directory.CreateDirectory(Directory);
        Id = long.Parse(Tool.Run("stat", "-c", "%i", Directory), CultureInfo.InvariantCulture);
    }

    /// <summary>Its path in the hierarchy.</summary>
    public string Path { get; }

    /// <summary>Its directory.</summary>
    public string Directory { get; }

    public long Id { get; }

    public void Dispose() => System.IO.Directory.Delete(Directory);
}
