using System.Globalization;
using Skep.Bpf;
using Skep.Debug.Machine;
using Skep.Debug.Machine.Contexts;
using Skep.Debug.Machine.Maps;
using Skep.Debug.Machine.Memory;
using Skep.Linux.Errors;

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
    private const int MostGrowth = 4096;

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

        if (machine.ReturnValue != kernel.ReturnValue)
            differences.Add(string.Create(
                CultureInfo.InvariantCulture, $"the machine returns {machine.ReturnValue}, the kernel {kernel.ReturnValue}"));
        if (!input.Packet.IsEmpty) ComparePackets(machine.PacketOutput(), output.AsSpan(0, kernel.DataLength), differences);
        uint[] ids = loaded.GetMapIds();
        for (int i = 0; i < ids.Length && i < target.Code.Maps.Count; i++)
        {
            using BpfMap map = BpfMap.OpenById(ids[i]);
            if (machine.Map(target.Code.Maps[i].Label) is { } own) CompareMaps(own, map, differences, left);
        }

        return new CheckedRun(machine.ReturnValue, kernel.ReturnValue, differences, left);
    }

    private static void ComparePackets(ReadOnlySpan<byte> machine, ReadOnlySpan<byte> kernel, List<string> differences)
    {
        if (machine.SequenceEqual(kernel)) return;
        int at = machine.CommonPrefixLength(kernel);
        differences.Add(string.Create(
            CultureInfo.InvariantCulture,
            $"the packet has {machine.Length} bytes in the machine and {kernel.Length} in the kernel, and differs at offset {at}"));
    }

    private static void CompareMaps(MachineMap own, BpfMap map, List<string> differences, List<string> left)
    {
        string name = own.Definition.Name;
        if (own.Definition.Type != map.Info.Type)
        {
            left.Add($"map {name}: the kernel's is of another type");
            return;
        }

        if (map.Info.Type is BpfMapType.ProgArray or BpfMapType.ArrayOfMaps or BpfMapType.HashOfMaps)
        {
            left.Add($"map {name}: its entries are programs or maps");
            return;
        }

        if (map.Info.IsPerCpu)
        {
            left.Add($"map {name}: the machine has one CPU");
            return;
        }

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
                if (own.Get(key) is not { } expected || !plain.AsSpan().SequenceEqual(expected))
                    differences.Add($"map {name} differs at key {Convert.ToHexStringLower(key)}");
                return differences.Count < 16;
            });
            if (seen < own.Count && differences.Count == 0)
                differences.Add($"map {name} has {own.Count} entries in the machine, and {seen} in the kernel");
        }
        catch (KernelException)
        {
            left.Add($"map {name}: its entries cannot be read");
        }
    }
}
