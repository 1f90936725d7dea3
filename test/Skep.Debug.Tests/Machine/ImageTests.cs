using Skep.Bpf;
using Skep.Debug.Machine;
using Skep.Debug.Machine.Contexts;
using Skep.Debug.Machine.Image;
using Skep.Debug.Machine.Memory;
using Skep.Debug.Machine.Objects;
using Skep.Inventory.Code;
using Skep.Isa;
using static Skep.Isa.Register;

namespace Skep.Debug.Tests.Machine;

/// <summary>What a machine is made of.</summary>
public sealed class ImageTests
{
    private static byte[] File => BpfSource.Object("Machine/Programs/machine.bpf.c");

    [Fact]
    public void An_object_gives_maps_variables_and_functions()
    {
        BpfMachine machine = ObjectMachine.Create(File, "walk_all");
        MapDefinition seen = machine.Map("seen")!.Definition;
        Assert.Equal(
            (BpfMapType.Hash, 4u, 8u, 16u, MapFlags.NoPreallocation),
            (seen.Type, seen.KeySize, seen.ValueSize, seen.MaxEntries, seen.Flags));
        Assert.Contains("add_byte", machine.Programs[0].Functions.Values);
        byte[] primes = machine.Map(".data")!.Get(new byte[4])!;
        Assert.Equal([2, 0, 0, 0, 3, 0, 0, 0, 5], primes[..9]);
        machine = ObjectMachine.Create(File, "count_flows");
        Assert.False(machine.Map(".rodata")!.Definition.IsWritable);
        Assert.Equal("count_flows", machine.Programs[0].Name);
        Assert.All(machine.Programs, program => Assert.Equal(BpfProgramType.Xdp, program.Type));
    }

    [Fact]
    public void Programs_are_found_by_name()
    {
        InvalidDataException e = Assert.Throws<InvalidDataException>(() => ObjectMachine.Create(File, "none"));
        Assert.Contains("it has no program none (it has count_flows, walk_all,", e.Message, StringComparison.Ordinal);
        Assert.Throws<InvalidDataException>(() => ObjectMachine.Create([1, 2, 3]));
    }

    [Fact]
    public void A_map_that_is_not_known_stops_the_load()
    {
        var code = new Assembler();
        code.Mov(R0, 1).LoadMapFd(R1, 7).Exit();
        ProgramCode captured = CodeFileReader.Raw(Encoder.Bytes(code.Build()).ToArray()) with { Type = BpfProgramType.Xdp };
        var machine = new BpfMachine([ProgramImage.Of(captured)]);
        machine.Start(new MachineInput { Packet = new byte[14] });
        machine.Run();
        Assert.Equal("instruction 1: the type of fd 7 is not known", machine.Fault!.ToString());
        Assert.Equal(FaultKind.NotSimulated, machine.Fault.Kind);
        Assert.Throws<NotSupportedException>(() => ProgramImage.Of(captured with { Type = null }));
        Assert.Throws<NotSupportedException>(
            () => ProgramImage.Of(captured with { Form = ProgramForm.Translated, Type = BpfProgramType.SockOps }));
    }

    [Theory]
    [InlineData(BpfMapType.Array, 8u, 8u, 1u, "its keys are no indices of 4 bytes")]
    [InlineData(BpfMapType.Hash, 0u, 8u, 1u, "it has no keys")]
    [InlineData(BpfMapType.Array, 4u, 1024u, 0x7fffffffu, "are more than a machine holds")]
    [InlineData(BpfMapType.Hash, 4u, 8u, 0u, "a machine does not hold 0 entries")]
    public void A_map_that_no_machine_holds_is_refused(BpfMapType type, uint key, uint value, uint entries, string reason)
    {
        var code = new Assembler();
        ProgramImage image = ProgramImage.Of(
            "map", BpfProgramType.Xdp, code.Mov(R0, 0).Exit().Build(), new MapDefinition("map", type, key, value, entries));
        Assert.Contains(reason, Assert.Throws<NotSupportedException>(() => new BpfMachine([image])).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Maps_of_maps_hold_maps_of_the_machine()
    {
        var outer = new MapDefinition("outer", BpfMapType.HashOfMaps, 4, 4, 4);
        var code = new Assembler();
        Label none = code.DefineLabel();
        code.Store(MemorySize.Word, R10, -4, 5).LoadMapIndex(R1, 0).Mov(R2, R10).Add(R2, -4).Call(1).JumpIf(Condition.Equal, R0, 0, none)
            .Store(MemorySize.Word, R10, -4, 1).Mov(R1, R0).Mov(R2, R10).Add(R2, -4).Call(1).JumpIf(Condition.Equal, R0, 0, none)
            .Load(MemorySize.Word, R0, R0).Bind(none).Exit();
        var machine = new BpfMachine([ProgramImage.Of("maps", BpfProgramType.Xdp, code.Build(), outer)]);
        var inner = machine.AddMap(new MapDefinition("inner", BpfMapType.Array, 4, 4, 2));
        inner.Set([1, 0, 0, 0], [9, 0, 0, 0]);
        machine.SetMap(machine.Map("outer")!, [5, 0, 0, 0], inner);
        machine.Start(new MachineInput { Packet = new byte[14] });
        Assert.Equal((MachineStatus.Finished, 9u), (machine.Run(), machine.ReturnValue));
        Assert.Throws<InvalidOperationException>(() => machine.AddMap(new MapDefinition("late", BpfMapType.Array, 4, 4, 2)));
    }
}
