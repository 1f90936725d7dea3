using Skep.Bpf;
using Skep.Debug.Machine;
using Skep.Debug.Machine.Contexts;
using Skep.Debug.Machine.Image;
using Skep.Debug.Machine.Live;
using Skep.Debug.Machine.Maps;
using Skep.Debug.Machine.Objects;
using Skep.Inventory.Code;
using Skep.Inventory.Machine;

namespace Skep.Debug.Tests.Machine;

/// <summary>Programs of an object file that clang made do the same in the kernel, where libbpf loads them, and in a machine.</summary>
[Trait("level", "kernel")]
public sealed class ObjectKernelTests
{
    private const int Runs = 3000;

    [Theory]
    [InlineData("count_flows", "v1")]
    [InlineData("count_flows", "v3")]
    [InlineData("walk_all", "v3")]
    [InlineData("walk_all", "v2")]
    [InlineData("first", "v3")]
    [InlineData("rewrite", "v2")]
    [InlineData("rewrite", "v3")]
    [InlineData("mark_all", "v3")]
    [InlineData("guess_protocol", "v3")]
    public void Programs_do_the_same(string name, string cpu)
    {
        Requires.Root();
        byte[] file = BpfSource.Object("Machine/Programs/machine.bpf.c", cpu);
        using BpfObject loaded = BpfObject.Open(file, "machine");
        loaded.Load();
        using BpfProgram kernel = loaded.Program(name).Open();
        Compare(loaded, kernel, ObjectMachine.Create(file, name));
    }

    [Theory]
    [InlineData("count_flows")]
    [InlineData("walk_all")]
    [InlineData("rewrite")]
    [InlineData("mark_all")]
    [InlineData("guess_protocol")]
    public void Loaded_programs_are_run_from_their_translated_code(string name)
    {
        Requires.Root();
        using BpfObject loaded = BpfObject.Open(BpfSource.Object("Machine/Programs/machine.bpf.c"), "machine");
        loaded.Load();
        using BpfProgram kernel = loaded.Program(name).Open();

        // What is in the maps already is copied.
        for (int i = 0; i < 20; i++) kernel.Run(new BpfRun { Data = CallProgram.Packet(new Random(i), 54, 120) });
        ProgramCode code = LoadedCodeReader.Read(kernel, new MachineSnapshot().Kernel);
        var machine = new BpfMachine([ProgramImage.Of(code)]);
        var copies = new LiveMaps(machine);
        foreach (MachineMap map in machine.Maps)
        {
            using BpfMap from = BpfMap.OpenById(map.Definition.Id);
            copies.Copy(from, map);
        }

        Compare(loaded, kernel, machine);
    }

    private static void Compare(BpfObject loaded, BpfProgram kernel, BpfMachine machine)
    {
        var random = new Random(1);
        var left = new byte[4096];
        for (int i = 0; i < Runs; i++)
        {
            byte[] packet = CallProgram.Packet(random, 54, 120);
            if (random.Next(3) == 0) packet[23] = (byte)(random.Next(2) == 0 ? 6 : 17);
            BpfRunResult result = kernel.Run(new BpfRun { Data = packet, DataOut = left });
            machine.Start(new MachineInput { Packet = packet });
            Assert.True(machine.Run(1_000_000) == MachineStatus.Finished, $"run {i}: {machine.Fault}");
            Assert.Equal(result.ReturnValue, machine.ReturnValue);
            Assert.Equal(left[..result.DataLength], machine.PacketOutput());
        }

        foreach (MachineMap map in machine.Maps)
        {
            if (map.Definition.Type == BpfMapType.ProgArray) continue;
            using BpfMap other =
                map.Definition.Id != 0 ? BpfMap.OpenById(map.Definition.Id) : loaded.Map(map.Definition.Name).Open();
            var entries = map.Entries().ToDictionary(e => Convert.ToHexString(e.Key), e => Convert.ToHexString(e.Value));
            int count = 0;
            other.Scan((key, value, _) =>
            {
                count++;
                Assert.Equal(Convert.ToHexString(value), entries.GetValueOrDefault(Convert.ToHexString(key)));
                return true;
            });
            Assert.Equal(count, entries.Count);
        }
    }
}
