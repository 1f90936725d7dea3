using System.Reflection;

namespace Skep.Cli.Tests;

/// <summary>What holds for the folders of src and their state, by the names that the compiler finds.</summary>
public sealed class FolderTests
{
    // What is of the process by its nature: callbacks of libbpf have no argument of their own; a signal has one deadline for all output;
    // num_possible_cpus is decided when the kernel boots (cpu_possible_mask is __ro_after_init).
    private static readonly string[] KnownStatics = ["LibbpfLog.t_current", "OutputDeadline.s_end", "PossibleCpus.s_all"];

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
