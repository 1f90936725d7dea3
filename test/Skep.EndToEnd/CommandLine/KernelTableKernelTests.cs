using Skep.EndToEnd.Machine;
using Skep.EndToEnd.Support;

namespace Skep.EndToEnd.CommandLine;

/// <summary>docs/kernels.md, where this machine's own kernel is one of its rows.</summary>
[Trait("level", "kernel")]
public sealed class KernelTableKernelTests
{
    [Fact]
    public void The_table_of_kernels_has_what_doctor_prints()
    {
        string release = MachineFacts.Release;
        Assert.SkipUnless(KernelTable.HasRow(release), $"the machine cannot: docs/kernels.md has no row for {release}");
        Assert.Equal(KernelTable.Documented(release), KernelTable.Of(Json.Parse(Tool.Run(SkepBinary.Path, "doctor", "-j"))));
    }
}
