using Skep.Bpf;
using Skep.Debug.Machine;
using Skep.Debug.Machine.Image;
using Skep.Debug.Machine.Maps;
using Skep.Isa;

namespace Skep.Debug.Tests.Machine;

/// <summary>Arrays of devices, programs and the like, whose elements need not be set.</summary>
public sealed class TargetMapTests
{
    [Theory]
    [InlineData(BpfMapType.Devmap)]
    [InlineData(BpfMapType.Xskmap)]
    [InlineData(BpfMapType.ProgArray)]
    public void Only_elements_that_are_set_count(BpfMapType type)
    {
        Assembler code = new Assembler().Mov(Register.R0, 0).Exit();
        var machine = new BpfMachine(
            [ProgramImage.Of("target", BpfProgramType.Xdp, code.Build(), new MapDefinition("targets", type, 4, 4, 3))]);
        MachineMap map = machine.Map("targets")!;
        Assert.Equal(0, map.Count);
        Assert.Empty(map.Entries());
        Assert.Equal(0, map.Set([2, 0, 0, 0], [7, 0, 0, 0]));
        Assert.Equal(1, map.Count);
        Assert.Equal([2, 0, 0, 0], Assert.Single(map.Entries()).Key);
        Assert.Equal(MapError.TooBig, map.Set([3, 0, 0, 0], [7, 0, 0, 0]));
        Assert.Equal(0, map.Remove([2, 0, 0, 0]));
        Assert.Equal(0, map.Count);
    }
}
