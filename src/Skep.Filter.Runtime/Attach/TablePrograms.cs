using Skep.Bpf;
using Skep.Filter.Compile;
using Skep.Filter.Runtime.Devices;
using Skep.Filter.Runtime.Programs;
using Skep.Packets.Headers;

namespace Skep.Filter.Runtime.Attach;

/// <summary>The programs of a table, one for each way in which packets begin on its devices. All of them go by the same maps.</summary>
internal sealed class TablePrograms : IDisposable
{
    private readonly Dictionary<PacketStart, LoadedFilter> _loaded;

    private TablePrograms(Dictionary<PacketStart, LoadedFilter> loaded) => _loaded = loaded;

    /// <summary>One of them, for what they share.</summary>
    internal LoadedFilter First => _loaded.Values.First();

    /// <summary>The kernel's ids; the first is that of <see cref="First"/>.</summary>
    internal uint[] Ids => [.. _loaded.Values.Select(l => l.Program.GetInfo().Id)];

    /// <summary>The program for a device.</summary>
    internal BpfProgram For(ClaimedDevice device) => _loaded[device.Start].Program;

    /// <summary>Keeps a map as long as there is any of them.</summary>
    internal void Bind(BpfMap map)
    {
        foreach (var loaded in _loaded.Values) loaded.Program.BindMap(map);
    }

    /// <summary>Compiles and loads what the devices need.</summary>
    /// <param name="devices">The devices.</param>
    /// <param name="compile">Compiles the program for packets that begin in one way.</param>
    /// <param name="load">Loads it; the maps of the first are given to the others.</param>
    internal static TablePrograms Load(
        IEnumerable<ClaimedDevice> devices, Func<PacketStart, CompiledFilter> compile,
        Func<CompiledFilter, Func<PlannedMap, BpfMap?>?, LoadedFilter> load)
    {
        var programs = new TablePrograms([]);
        try
        {
            foreach (var start in devices.Where(d => d.Stays).Select(d => d.Start).Distinct().Order())
            {
                var shared = programs._loaded.Count == 0 ? null : Shared(programs.First);
                programs._loaded.Add(start, load(compile(start), shared));
            }
            return programs;
        }
        catch
        {
            programs.Dispose();
            throw;
        }
    }

    public void Dispose()
    {
        foreach (var loaded in _loaded.Values) loaded.Dispose();
    }

    private static Func<PlannedMap, BpfMap?> Shared(LoadedFilter first)
    {
        var next = 0;
        return _ => first.Maps[next++].Duplicate();
    }
}
