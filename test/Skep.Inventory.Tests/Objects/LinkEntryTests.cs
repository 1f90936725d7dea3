using Skep.Bpf;
using Skep.Inventory.Objects;

namespace Skep.Inventory.Tests.Objects;

/// <summary>A tracing link tells one number, which is a program's id or that of the kernel's BTF: both begin with 1.</summary>
public sealed class LinkEntryTests
{
    [Theory]
    [InlineData(BpfProgramType.Tracing, 500u, 1u, 1u, false)]
    [InlineData(BpfProgramType.Lsm, 500u, 1u, 1u, false)]
    [InlineData(BpfProgramType.Tracing, 5u, 0u, 1u, true)]
    [InlineData(BpfProgramType.Tracing, 5u, 0u, 300u, true)]
    [InlineData(BpfProgramType.Ext, 5u, 0u, 1u, true)]
    [InlineData(BpfProgramType.Ext, 0u, 0u, 1u, true)]
    [InlineData(BpfProgramType.Tracing, 0u, 0u, 1u, null)]
    public void The_program_says_which_of_both_it_is(BpfProgramType type, uint attachBtfId, uint attachBtfObject, uint target,
        bool? onProgram) =>
        Assert.Equal(onProgram, LinkEntry.IsOnProgram(type, attachBtfId, attachBtfObject, target));
}
