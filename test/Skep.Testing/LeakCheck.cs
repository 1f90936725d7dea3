using System.Globalization;

namespace Skep.Testing;

/// <summary>
/// Fails a run whose tests leave something behind: descriptors (with the BPF objects that they hold), child processes, network namespaces,
/// network
/// devices, cgroups, pinned objects, tables and scratch directories. Made before the first test of an assembly, disposed after its last.
/// </summary>
public sealed class LeakCheck : IDisposable
{
    // The kernel frees some of it after the call that removes it has returned.
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(10);

    // Other test assemblies may run meanwhile: what is seen of the whole machine is ours by the number of this process in its name.
    private static readonly string[] Places = ["/run/netns", "/sys/fs/bpf", "/run/skep", "/run/skep/tables", "/sys/fs/cgroup"];

    private readonly HashSet<string> _before = [.. Left()];

    public void Dispose()
    {
        string[] left = [];
        for (long end = Environment.TickCount64 + (long)Grace.TotalMilliseconds; ; Thread.Sleep(200))
        {
            left = [.. Left().Where(one => !_before.Contains(one))];
            if (left.Length == 0) return;
            if (Environment.TickCount64 > end) break;
        }

        throw new InvalidOperationException($"the tests leave behind:\n{string.Join('\n', left)}");
    }

    private static IEnumerable<string> Left() => [.. Descriptors(), .. Children(), .. Named(), .. Devices(), .. Scratch.Undisposed];

    private static IEnumerable<string> Descriptors() => Directory.EnumerateFiles("/proc/self/fd")
        .Select(file => (Number: Path.GetFileName(file), Target: new FileInfo(file).LinkTarget))
        .Where(one => one.Target is not null && IsTestsOwn(one.Target))
        .Select(one => $"descriptor {one.Number}: {one.Target}{Identifiers(one.Number)}");

    // The runtime opens assemblies, sockets, pipes and epoll sets when it likes.
    private static bool IsTestsOwn(string target) =>
        (target.StartsWith("anon_inode:", StringComparison.Ordinal) && !target.Contains("eventpoll", StringComparison.Ordinal))
        || target.StartsWith("net:[", StringComparison.Ordinal) || target.StartsWith("mnt:[", StringComparison.Ordinal)
        || target.StartsWith("/dev/net/", StringComparison.Ordinal) || target.StartsWith("/sys/", StringComparison.Ordinal)
        || target.StartsWith("/run/", StringComparison.Ordinal)
            || target.StartsWith(Path.GetTempPath() + Scratch.Prefix, StringComparison.Ordinal);

    private static string Identifiers(string descriptor)
    {
        try
        {
            string[] lines = File.ReadAllLines($"/proc/self/fdinfo/{descriptor}");
            string[] ids = ["prog_id:", "map_id:", "link_id:", "btf_id:"];
            return string.Concat(
                lines.Where(
                    line => ids.Any(id => line.StartsWith(id, StringComparison.Ordinal))).Select(line => $", {line.Replace('\t', ' ')}"));
        }
        catch (IOException)
        {
            return "";
        }
    }

    private static IEnumerable<string> Children() =>
        ChildProcesses.List().Select(pid => $"child process {pid}: {ChildProcesses.CommandLine(pid)}");

    private static IEnumerable<string> Named()
    {
        string pid = Environment.ProcessId.ToString(CultureInfo.InvariantCulture);
        return Places.Where(Directory.Exists).SelectMany(Directory.EnumerateFileSystemEntries)
            .Where(path => Path.GetFileName(path).Split('-', '.', '_').Contains(pid));
    }

    // test/run.sh runs the pure tests, which make no device, beside those that make some.
    private static IEnumerable<string> Devices() => Environment.GetEnvironmentVariable("SKEP_TEST_LEVEL") == "pure"
        ? []
        : Directory.EnumerateFileSystemEntries("/sys/class/net")
            .Where(path => !IsOfOtherTests(Path.Combine(path, "ifalias"))).Select(path => $"network device {Path.GetFileName(path)}");

    // Tests of other assemblies, which run beside these, may say whose a device is.
    private static bool IsOfOtherTests(string alias)
    {
        try
        {
            string owner = File.ReadAllText(alias).Trim();
            return owner.StartsWith(Scratch.Prefix, StringComparison.Ordinal) && owner != $"{Scratch.Prefix}{Environment.ProcessId}";
        }
        catch (IOException)
        {
            return false;
        }
    }
}
