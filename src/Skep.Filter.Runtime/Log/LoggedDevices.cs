using System;
using System.Globalization;
using Skep.Bpf;
using Skep.Filter.Runtime.Change;
using Skep.Filter.Runtime.Devices;
using Skep.Filter.Runtime.State;
using Skep.Packets.Headers;

namespace Skep.Filter.Runtime.Log;

/// <summary>A device whose packets are logged.</summary>
/// <param name="Name">Its present name.</param>
/// <param name="Start">What its packets begin with.</param>
public sealed record LoggedDevice(string Name, PacketStart Start);

/// <summary>The devices of a table by the index that records name them by, with the names that they have now.</summary>
internal sealed class LoggedDevices(Action<string> report)
{
    private const int LookAfterMilliseconds = 10;

    private readonly Dictionary<uint, LoggedDevice> _devices = [];
    private readonly Dictionary<string, string> _names = [];
    private IReadOnlyList<(string Path, uint Link)> _links = [];
    private AppliedState? _state;
    private long _looked;

    internal IReadOnlyCollection<LoggedDevice> All => _devices.Values;

    internal bool Has(uint index) => _devices.ContainsKey(index);

    /// <summary>The name of a device as of now, give or take some milliseconds.</summary>
    internal string NameOf(uint index)
    {
        if (Environment.TickCount64 - _looked >= LookAfterMilliseconds) Look();
        return _devices.GetValueOrDefault(index)?.Name ?? Numbered(index);
    }

    /// <summary>Takes in the devices of a version of the table. Those that it has left are kept: their records may still come.</summary>
    internal void Learn(ActingRules rules)
    {
        _state = rules.State;
        _links = [.. rules.Links.Select(l => (l.Path, l.Info.Id))];
        Look(rules.Links, rules.State);
    }

    private void Look()
    {
        var links = new List<AppliedLink>();
        try
        {
            foreach (var (path, id) in _links)
                if (BpfLink.TryOpenById(id, out _) is { } link) links.Add(new(path, link, link.GetInfo()));
            Look(links, _state!);
        }
        finally
        {
            foreach (var link in links) link.Link.Dispose();
        }
    }

    /// <summary>Looks at their names, and reports those that have changed.</summary>
    private void Look(IReadOnlyList<AppliedLink> links, AppliedState state)
    {
        _looked = Environment.TickCount64;
        var names = DeviceNames.Of(links, state);
        foreach (var link in links)
        {
            if (link.IfIndex == 0 || state.Find(link.Pin) is not { } applied) continue;
            var before = _names.GetValueOrDefault(link.Pin, applied.Device);
            var name = names.GetValueOrDefault(link.Pin) ?? Numbered(link.IfIndex);
            _names[link.Pin] = name;

            // Devices of two namespaces can have one index.
            var isAlone = links.Count(l => l.IfIndex == link.IfIndex) == 1;
            _devices[link.IfIndex] = new(isAlone ? name : Numbered(link.IfIndex), applied.Start);
            if (name == before) continue;
            report(names.ContainsKey(link.Pin)
                ? $"the device that was called {before} is called {name} now"
                : $"{before} is not in its network namespace any more; its packets are shown as those of {name}");
        }
    }

    private static string Numbered(uint index) => string.Create(CultureInfo.InvariantCulture, $"if{index}");
}
