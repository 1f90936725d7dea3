using System.Reflection;

namespace Skep.Cli.Tests;

/// <summary>What holds for the folders of src and their state, by the names that the compiler finds.</summary>
public sealed class FolderTests
{
    // Callbacks of libbpf have no argument of their own; a signal's deadline is the process's; the others are read once, when they are
    // first asked for.
    private static readonly string[] KnownStatics =
    [
        "BootClock.BootUnixNs", "BpfLinkInfoReader.t_expectsName", "KernelBtfFile.Mapped", "KernelTypes.Kernel", "LibbpfLog.t_current",
        "LinkDevice.Devices", "LinkDevice.Own", "LinkNamespaces.Known", "OutputDeadline.s_end", "PerfAttachments.Devices",
        "PossibleCpus.s_count", "TailCallKind.s_supportsFrags",
    ];

    private static readonly SourceGraph Graph = SourceGraph.Read(
        typeof(FolderTests).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(a => a.Key == "RepoRoot").Value!);

    [Fact]
    public void Folders_use_each_other_one_way()
    {
        Assert.Contains("Skep.Bpf/Maps", Graph.Folders);
        Assert.Empty(Graph.Cycles());
    }

    [Fact]
    public void State_that_changes_is_passed() =>
        Assert.Equal(KnownStatics.Order(StringComparer.Ordinal), Graph.ChangingStatics.Order(StringComparer.Ordinal));
}
