using System.Reflection;

namespace Skep.Cli.Tests;

/// <summary>What holds for the folders of src and their state, by the names that the compiler finds.</summary>
public sealed class FolderTests
{
    // Callbacks of libbpf have no argument of their own, and a thread's buffer is reused; the rest is read once, of what does not change
    // while a kernel runs.
    private static readonly string[] KnownStatics =
    [
        "X.X",
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
