using Skep.Bpf;
using Skep.Debug.Debugger;
using Skep.Debug.Machine;
using Skep.Debug.Machine.Contexts;
using Skep.Debug.Machine.Maps;
using Skep.Debug.Machine.Memory;
using Skep.Debug.Machine.Objects;
using Skep.Debug.Machine.State;
using Skep.Debug.Replay;
using Skep.Inventory.Code;
using Skep.Linux.Kernel;

namespace Skep.Debug.Tests.Machine;

/// <summary>
/// Objects, lists, trees, counts, timers, locks and masks of a program do the same in the kernel and in a machine, over many runs.
/// </summary>
[Trait("level", "kernel")]
public sealed class OwnedKernelTests
{
    private const int Header = 14, Steps = 16, Attempts = 5;
    private const uint NoMemory = unchecked((uint)-12);

    [Theory]
    [InlineData("owned", "stash", 500, 4)]
    [InlineData("owned", "stash_by_name", 1000, 8)]
    [InlineData("owned", "count_by_cpu", 20, 4)]
    [InlineData("owned", "replace_by_cpu", 20, 4)]
    [InlineData("owned", "queue_up", 500, 256)]
    [InlineData("trees", "sort_out", 4000, 64)]
    [InlineData("trees", "share", 1000, 8)]
    [InlineData("timers", "set_timers", 3000, 8)]
    [InlineData("works", "set_works", 3000, 8, "bpf_wq_init")]
    [InlineData("locks", "lock_two", 500, 8, "bpf_res_spin_lock")]
    [InlineData("locks", "lock_two_without_interrupts", 500, 8, "bpf_res_spin_lock_irqsave")]
    [InlineData("masks", "mask_cpus", 4000, 256, "bpf_cpumask_populate")]
    public void Programs_do_the_same(string source, string name, int runs, int most, string? needed = null)
    {
        Requires.Root();
        if (needed is not null) new KfuncNames().Id(needed);
        byte[] file = TaggedTypes.Object(BpfSource.Object($"Machine/Programs/{source}.bpf.c"));

        // The kernel may have no memory for a program at the moment, as it cannot wait for it there: then all begins anew.
        for (int attempt = 0; attempt < Attempts; attempt++)
            if (TryAll(file, name, runs, most)) return;
        Assert.Fail("the kernel has no memory for it");
    }

    private static bool TryAll(byte[] file, string name, int runs, int most)
    {
        using BpfObject loaded = BpfObject.Open(file, "owned");
        loaded.Load();
        using BpfProgram kernel = loaded.Program(name).Open();
        BpfMachine machine = ObjectMachine.Create(file, name, new MachineOptions { CpuIds = PossibleCpus.Highest + 1 });
        bool hasPacket = kernel.GetInfo().Type != BpfProgramType.Syscall;
        var random = new Random(1);
        var results = new HashSet<uint>();
        for (int i = 0; i < runs; i++)
        {
            byte[] packet = Packet([.. Enumerable.Range(0, Steps + random.Next(8)).Select(_ => (byte)random.Next(most))]);
            uint expected = (hasPacket ? kernel.Run(new BpfRun { Data = packet, DataOut = new byte[256] })
                : kernel.Run(new BpfRun { Context = packet[Header..] })).ReturnValue;
            if (expected == NoMemory) return false;
            machine.Start(hasPacket ? new MachineInput { Packet = packet } : new MachineInput { Context = packet[Header..] });
            Assert.True(machine.Run(1_000_000) == MachineStatus.Finished, $"run {i}: {machine.Fault}");
            Assert.True(expected == machine.ReturnValue, $"run {i}: returns {machine.ReturnValue}, the kernel {expected}");
            results.Add(expected);
            Compare(loaded, machine, i);
        }

        Assert.True(results.Count > 1, "all runs gave the same");
        return true;
    }

    [Theory]
    [InlineData("owned", "stash")]
    [InlineData("owned", "queue_up")]
    [InlineData("trees", "sort_out")]
    public void A_check_agrees_on_maps_with_such_fields(string source, string name)
    {
        Requires.Root();
        byte[] file = TaggedTypes.Object(BpfSource.Object($"Machine/Programs/{source}.bpf.c"));
        Assert.True(CodeFileReader.TryReadObject(file, out IReadOnlyList<ProgramCode> programs, out string? fault), fault);
        ProgramCode code = programs.Single(one => one.Name == name);
        using ObjectProgram loaded = ObjectProgram.Load(file, source, name);
        byte[] packet = Packet(1, 1, 1, 1, 4, 5, 6, 7, 1, 2, 3, 4, 5, 6, 7, 8);
        CheckedRun run = KernelCheck.Run(new DebugTarget(code, new MachineInput { Packet = packet }, new MachineOptions()), loaded.Program);
        Assert.Empty(run.Differences);
    }

    private static void Compare(BpfObject loaded, BpfMachine machine, int run)
    {
        // The machine has one CPU.
        foreach (MachineMap map in machine.Maps.Where(map => map.Definition.Type != BpfMapType.PercpuArray))
        {
            using BpfMap other = loaded.Map(map.Definition.Name).Open();
            var entries = map.Entries().ToDictionary(e => Convert.ToHexString(e.Key), e => Convert.ToHexString(e.Value));
            int count = 0;
            other.Scan((key, value, _) =>
            {
                count++;
                byte[] plain = value.ToArray();
                SpecialField.Hide([.. map.Definition.Fields.Where(field => field.Kind == SpecialFieldKind.ListHead)], plain);
                Assert.True(Convert.ToHexString(plain) == entries.GetValueOrDefault(Convert.ToHexString(key)),
                    $"run {run}: map {map.Definition.Name} differs");
                return true;
            });
            Assert.Equal(count, entries.Count);
        }
    }

    internal static byte[] Packet(params byte[] steps)
    {
        var packet = new byte[Header + Math.Max(Steps, steps.Length)];
        steps.CopyTo(packet, Header);
        return packet;
    }
}
