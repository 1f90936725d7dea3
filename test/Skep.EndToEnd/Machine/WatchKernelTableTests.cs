using Skep.EndToEnd.Support;

namespace Skep.EndToEnd.Machine;

/// <summary>docs/kernels.md, on the kernels of its rows.</summary>
[Trait("level", "machine")]
public sealed class WatchKernelTableTests
{
    [Fact]
    public void The_table_of_kernels_has_what_doctor_prints() => Assert.Equal(
        KernelTable.Documented(MachineFacts.Release), KernelTable.Of(Backends.Doctor));
}
