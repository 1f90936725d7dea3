using System.Diagnostics;
using System.Runtime.InteropServices;
using Skep.Bpf;
using Skep.Filter.Compile;
using Skep.Filter.Runtime.Maps;
using Skep.Linux.Errors;
using Skep.Linux.Kernel;

namespace Skep.Filter.Runtime.Programs;

/// <summary>A compiled filter in the kernel: its program and its maps. It filters nothing until the program is attached.</summary>
public sealed class LoadedFilter : IDisposable
{
    private readonly BpfMap[] _maps;

    private LoadedFilter(CompiledFilter filter, BpfMap[] maps, BpfProgram program)
    {
        Filter = filter;
        _maps = maps;
        Program = program;
    }

    /// <summary>What was loaded.</summary>
    public CompiledFilter Filter { get; }

    /// <summary>The program.</summary>
    public BpfProgram Program { get; }

    /// <summary>The maps, in the order of the plan.</summary>
    public IReadOnlyList<BpfMap> Maps => _maps;

    /// <summary>The map for a role; null when the plan has none.</summary>
    internal BpfMap? Find(MapRole role) => Filter.Plan.MapFor(role) is >= 0 and var at ? _maps[at] : null;

    /// <summary>The time that timeouts are counted by (CLOCK_MONOTONIC), in nanoseconds.</summary>
    public static ulong Now => (ulong)(Stopwatch.GetTimestamp() * (1_000_000_000.0 / Stopwatch.Frequency));

    /// <summary>Creates the maps, fills them and loads the program.</summary>
    /// <param name="filter">The compiled filter.</param>
    /// <param name="name">The kernel's name for the program.</param>
    /// <param name="now">The time that timeouts of elements run from, by <see cref="Now"/>.</param>
    /// <param name="findDevice">The index of a device that a rule redirects to.</param>
    /// <param name="open">Gives a map that is there already for a role, to go on with; null to create all.</param>
    /// <returns>The loaded filter.</returns>
    /// <exception cref="KernelException">The kernel refused a map, an entry or the program.</exception>
    public static LoadedFilter Load(CompiledFilter filter, string name, ulong now, Func<string, uint> findDevice,
        Func<PlannedMap, BpfMap?>? open = null) =>
        Load(filter, name, now, findDevice, new TailCallKind(filter.Plan.HasFrags, HasAttachType: true), open);

    /// <summary>The same, of the kind that it has to share program arrays with.</summary>
    /// <param name="filter">The compiled filter.</param>
    /// <param name="name">The kernel's name for the program.</param>
    /// <param name="now">The time that timeouts of elements run from.</param>
    /// <param name="findDevice">The index of a device that a rule redirects to.</param>
    /// <param name="kind">The kind.</param>
    /// <param name="open">Gives a map that is there already.</param>
    /// <param name="count">Makes the counters of sets that count; null where none counted before.</param>
    internal static LoadedFilter Load(
        CompiledFilter filter, string name, ulong now, Func<string, uint> findDevice, TailCallKind kind, Func<PlannedMap, BpfMap?>? open,
        Func<FilterPlan, SetCounterMaps>? count = null)
    {
        var maps = new List<BpfMap>();
        SetCounterMaps? counted = null;
        SetCounterMaps Counted() => counted ??= count?.Invoke(filter.Plan) ?? SetCounterMaps.Create(filter.Plan, null, 0, now);
        try
        {
            foreach (var planned in filter.Plan.Maps)
            {
                if (open?.Invoke(planned) is { } existing)
                {
                    maps.Add(existing);
                    continue;
                }
                if (planned.Role == MapRole.Sets)
                {
                    maps.Add(SetMaps.Create(planned, filter.Plan.Sets, now, Counted()));
                    continue;
                }
                if (planned.Role == MapRole.SetCounters)
                {
                    maps.Add(Counted().Duplicate());
                    continue;
                }
                if (planned.Role == MapRole.Classifier)
                {
                    maps.Add(ClassifierMaps.Create(planned, filter.WriteImage()));
                    continue;
                }
                var map = BpfMap.Create(MapSpecs.Of(planned));
                maps.Add(map);
                Fill(map, planned, filter.Plan, findDevice);
            }
            using var source = FilterSource.Create(filter, name);
            var program = BpfProgram.Load(
                BpfProgramType.Xdp,
                MemoryMarshal.Cast<Skep.Isa.Instruction, ulong>(filter.Instructions),
                source.AddTo(kind.Options(name, maps)));

            // A program that reaches no rule does not name their counters, and a map that nothing holds is gone.
            if (!program.GetMapIds().Contains(maps[0].Info.Id)) program.BindMap(maps[0]);
            return new(filter, [.. maps], program);
        }
        catch (KernelException e) when (e.Error.Name is "E2BIG" or "EFAULT" && e.Message.Contains("too ", StringComparison.Ordinal))
        {
            foreach (var map in maps) map.Dispose();
            throw new FilterCompileException(
                $"loading the {filter.Plan.Table.Rules.Count} rules of table {filter.Plan.Table.Name}: they are too much for this "
                + $"kernel's verifier (put values into sets, or split the table)", e);
        }
        catch
        {
            foreach (var map in maps) map.Dispose();
            throw;
        }
        finally
        {
            counted?.Dispose();
        }
    }

    /// <summary>What each rule has counted, in the order of the table.</summary>
    /// <returns>One count a rule.</returns>
    public Counter[] ReadRules() => FilterCounters.ReadRules(_maps[0], Filter.CounterSlots);

    /// <inheritdoc/>
    public void Dispose()
    {
        Program.Dispose();
        foreach (var map in _maps) map.Dispose();
    }

    private static void Fill(BpfMap map, PlannedMap planned, FilterPlan plan, Func<string, uint> findDevice)
    {
        switch (planned.Role)
        {
            case MapRole.Devices:
                for (var i = 0; i < plan.Devices.Count; i++) map.Update((uint)i, findDevice(plan.Devices[i]));
                break;
            case MapRole.Cpus:
                // The queue's length: what samples/bpf/xdp_redirect_cpu uses.
                foreach (var cpu in plan.Cpus)
                {
                    if (cpu >= PossibleCpus.Count)
                        throw new InvalidDataException(
                            $"compiling 'redirect cpu {cpu}': this machine has CPUs 0 to {PossibleCpus.Count - 1} (name one of them)");
                    map.Update(cpu, 2048u);
                }
                break;
        }
    }
}
