using System.Runtime.InteropServices;
using Skep.Inventory.Layouts;
using Skep.Inventory.Objects;

namespace Skep.Inventory.Tests.Objects;

/// <summary>Who holds objects, by the records of the kernel's iterator.</summary>
public sealed class OwnerIndexTests
{
    [Fact]
    public void This_process_holds_nothing_that_it_lists()
    {
        var own = (uint)Environment.ProcessId;
        OwnerRecord[] records = [Program(own, 7), Program(own + 1, 7), Program(own, 8), Program(own + 2, 7), Program(own + 1, 7)];
        OwnerIndex owners = OwnerIndex.Of(MemoryMarshal.AsBytes(records.AsSpan()));
        Assert.Equal([own + 1, own + 2], owners.OfProgram(7).Select(owner => owner.Pid));
        Assert.Empty(owners.OfProgram(8));
    }

    private static OwnerRecord Program(uint pid, uint id) => new() { Pid = pid, Id = id, Kind = Skep.Inventory.Layouts.ObjectKind.Prog };
}
