namespace Skep.Bpf.Tests;

/// <summary>Fails a test that leaves a BPF, eventfd or perf descriptor open.</summary>
public abstract class OpenDescriptors : IDisposable
{
    private readonly HashSet<string> _before = Snapshot();

    /// <inheritdoc/>
    public void Dispose()
    {
        Cleanup();
        Assert.Empty(Snapshot().Except(_before));
        GC.SuppressFinalize(this);
    }

    /// <summary>What a test releases before it is looked at.</summary>
    protected virtual void Cleanup()
    {
    }

    // The runtime opens sockets, pipes and assemblies when it likes; those of the library are anonymous inodes.
    private static HashSet<string> Snapshot()
    {
        var open = new HashSet<string>();
        foreach (string fd in Directory.EnumerateFiles("/proc/self/fd"))
        {
            string? target = new FileInfo(fd).LinkTarget;
            if (target is not null && IsOurs(target))
                open.Add($"{Path.GetFileName(fd)} {target}");
        }

        return open;
    }

    // The runtime's own socket engine opens an epoll set; ours comes with an eventfd.
    private static bool IsOurs(string target) =>
        target.StartsWith("anon_inode:", StringComparison.Ordinal) && !target.Contains("eventpoll", StringComparison.Ordinal);
}

/// <summary>Kernel tests run one after the other: descriptors and the kernel's objects are shared.</summary>
[CollectionDefinition("kernel", DisableParallelization = true)]
public sealed class KernelTestGroup;
