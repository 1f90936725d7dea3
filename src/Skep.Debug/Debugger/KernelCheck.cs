using System.Globalization;
using Skep.Bpf;
using Skep.Debug.Machine;
using Skep.Debug.Machine.Contexts;
using Skep.Debug.Machine.Live;
using Skep.Debug.Machine.Maps;
using Skep.Debug.Machine.Memory;
using Skep.Debug.Machine.State;
using Skep.Linux.Errors;
using Skep.Linux.Kernel;

namespace Skep.Debug.Debugger;

/// <summary>What a run in the machine and one in the kernel came to.</summary>
/// <param name="Machine">What the program returned in the machine; null where the machine stopped.</param>
/// <param name="Kernel">What it returned in the kernel.</param>
/// <param name="Differences">What is not the same, in sentences; empty when all is.</param>
/// <param name="Left">What was not compared, and why.</param>
public sealed record CheckedRun(uint? Machine, uint Kernel, IReadOnlyList<string> Differences, IReadOnlyList<string> Left);

/// <summary>Runs a program on the same input in the machine and in the kernel, and compares what they come to.</summary>
public static class KernelCheck
{
    private const int MostGrowth = 4096, MostDifferences = 16;

    /// <summary>Runs both.</summary>
    /// <param name="target">The program in the machine.</param>
    /// <param name="loaded">The same program in the kernel, with maps that nobody else uses.</param>
    /// <exception cref="KernelException">The kernel does not run programs of this type, or refuses the input.</exception>
    public static CheckedRun Run(DebugTarget target, BpfProgram loaded)
    {
        ArgumentNullException.ThrowIfNull(target);
        ArgumentNullException.ThrowIfNull(loaded);
        MachineInput input = target.Input;
        byte[] output = new byte[input.Packet.Length + MostGrowth], context = input.Context.ToArray();
        target = target with { Options = AsHere(target.Options) };
        BpfRunResult kernel = loaded.Run(new BpfRun
        {
            Data = input.Packet.Span, DataOut = input.Packet.IsEmpty ? default : output, Context = context,
        });
        BpfMachine machine = target.Start();
        machine.Run(DebugSession.MostSteps);
        var differences = new List<string>();
        var left = new List<string>();
        if (machine.Status != MachineStatus.Finished)
        {
            differences.Add($"the machine stopped: {machine.Fault?.ToString() ?? "it took too many instructions"}");
            return new CheckedRun(null, kernel.ReturnValue, differences, left);
        }

        var compared = new Comparison(new Dependence(target, machine), differences, left);
        CompareResults(machine.ReturnValue, kernel.ReturnValue, compared);
        if (!input.Packet.IsEmpty) ComparePackets(machine.PacketOutput(), output.AsSpan(0, kernel.DataLength), compared);
        uint[] ids = loaded.GetMapIds();
        for (int i = 0; i < ids.Length && i < target.Code.Maps.Count; i++)
        {
            using BpfMap map = BpfMap.OpenById(ids[i]);
            if (machine.Map(target.Code.Maps[i].Label) is { } own) CompareMaps(own, map, compared);
        }

        return new CheckedRun(machine.ReturnValue, kernel.ReturnValue, differences, left);
    }

    // The kernel runs it for this thread, with perf buffers that nobody reads.
    private static MachineOptions AsHere(MachineOptions options)
    {
        options = options with { HasPerfReaders = false, Kernel = options.Kernel ?? new KernelLookup(), CpuIds = PossibleCpus.Highest + 1 };
        foreach (string line in KernelFile.Lines("/proc/thread-self/status").Value ?? [])
        {
            string[] fields = line.Split((char[])[':', '\t', ' '], StringSplitOptions.RemoveEmptyEntries);
            if (fields.Length < 2 || !uint.TryParse(fields[1], NumberStyles.None, CultureInfo.InvariantCulture, out uint number)) continue;
            options = fields[0] switch
            {
                "Tgid" => options with { Pid = number },
                "Pid" => options with { Tid = number },
                "Uid" => options with { Uid = number },
                "Gid" => options with { Gid = number },
                _ => options,
            };
        }

        return KernelFile.Text("/proc/thread-self/comm").Value is { } name ? options with { Comm = name } : options;
    }

    private static void CompareResults(uint machine, uint kernel, Comparison compared)
    {
        if (machine == kernel) return;
        string values = string.Create(CultureInfo.InvariantCulture, $"the machine returns {machine}, the kernel {kernel}");
        string? cause = compared.On.Of(
            BitConverter.GetBytes(machine), BitConverter.GetBytes(kernel), run => BitConverter.GetBytes(run.ReturnValue), out _);
        if (cause is not null) compared.Left.Add($"the return value depends on {cause}: {values}");
        else compared.Differences.Add(values);
    }

    private static void ComparePackets(ReadOnlySpan<byte> machine, ReadOnlySpan<byte> kernel, Comparison compared)
    {
        if (machine.SequenceEqual(kernel)) return;
        int at = machine.CommonPrefixLength(kernel);
        if (machine.Length == kernel.Length && compared.On.Of(machine, kernel, run => run.PacketOutput(), out at) is { } cause)
        {
            compared.Left.Add($"bytes of the packet depend on {cause}");
            return;
        }

        compared.Differences.Add(string.Create(
            CultureInfo.InvariantCulture,
            $"the packet has {machine.Length} bytes in the machine and {kernel.Length} in the kernel, and differs at offset "
            + $"{at + machine[at..].CommonPrefixLength(kernel[at..])}"));
    }

    private static void CompareMaps(MachineMap own, BpfMap map, Comparison compared)
    {
        string name = own.Definition.Name;
        string? reason = own.Definition.Type != map.Info.Type ? "the kernel's is of another type"
            : map.Info.Type is BpfMapType.ProgArray or BpfMapType.ArrayOfMaps or BpfMapType.HashOfMaps ? "its entries are programs or maps"
            : map.Info.Type is BpfMapType.CgroupStorage or BpfMapType.PercpuCgroupStorage ? "the kernel's run has a storage of its own"
            : map.Info.IsPerCpu ? "the machine has one CPU" : null;
        if (reason is not null)
        {
            compared.Left.Add($"map {name}: {reason}");
            return;
        }

        List<string> differences = compared.Differences;
        try
        {
            int seen = 0;
            map.Scan((key, value, error) =>
            {
                if (error.Number != 0) return true;
                seen++;

                // Of a list's head, the kernel gives addresses of its own (check_and_init_map_value).
                byte[] plain = value.ToArray();
                SpecialField.Hide(own.Definition.Fields, plain);
                if (!plain.AsSpan().SequenceEqual(own.Get(key))) CompareValues(own, key.ToArray(), plain, compared);
                return differences.Count < MostDifferences;
            });
            if (seen < own.Count && differences.Count == 0)
                differences.Add($"map {name} has {own.Count} entries in the machine, and {seen} in the kernel");
        }
        catch (KernelException)
        {
            compared.Left.Add($"map {name}: its entries cannot be read");
        }
    }

    private static void CompareValues(MachineMap own, byte[] key, ReadOnlySpan<byte> kernel, Comparison compared)
    {
        string name = own.Definition.Name, text = Convert.ToHexStringLower(key);
        if (own.Get(key) is not { } value || value.Length != kernel.Length)
        {
            compared.Differences.Add($"map {name} differs at key {text}, which the machine does not have");
            return;
        }

        if (compared.On.Of(value, kernel, run => run.Map(name)?.Get(key), out int at) is { } cause)
        {
            compared.Left.Add($"map {name} at key {text} depends on {cause}");
            return;
        }

        int size = Math.Min(sizeof(ulong), value.Length - at);
        compared.Differences.Add(string.Create(
            CultureInfo.InvariantCulture,
            $"map {name} differs at key {text}, offset {at}: {Convert.ToHexStringLower(value.AsSpan(at, size))} in the machine, "
            + $"{Convert.ToHexStringLower(kernel.Slice(at, size))} in the kernel"));
    }

    private sealed record Comparison(Dependence On, List<string> Differences, List<string> Left);
}
