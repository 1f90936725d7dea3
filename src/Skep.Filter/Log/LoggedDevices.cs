using System.Globalization;
using Skep.Filter.Load;
using Skep.Filter.Model;

namespace Skep.Filter.Log;

/// <summary>A device whose packets are logged.</summary>
/// <param name="Name">Its present name.</param>
/// <param name="Start">What its packets begin with.</param>
public sealed record LoggedDevice(string Name, PacketStart Start);

/// <summary>The devices of a table by the index that records name them by, with the names that they have now.</summary>
internal sealed class LoggedDevices(Action<string> report)
{
    private static readonly TimeSpan LookAfter = TimeSpan.FromMilliseconds(100);

    private readonly Dictionary<uint, LoggedDevice> _devices = [];
    private long _looked;

    internal IReadOnlyCollection<LoggedDevice> All => _devices.Values;

    /// <summary>Whether their names are older than a moment.</summary>
    internal bool AreOld => Environment.TickCount64 - _looked >= LookAfter.TotalMilliseconds;

    internal bool Has(uint index) => _devices.ContainsKey(index);

    internal string NameOf(uint index) => _devices.GetValueOrDefault(index)?.Name ?? Numbered(index);

    /// <summary>Looks at their names, and reports those that have changed. Devices that the table has left are kept: their records may still come.</summary>
    internal void Look(ActingRules rules)
    {
        _looked = Environment.TickCount64;
        var names = DeviceNames.Of(rules.Links, rules.State);
        foreach (var link in rules.Links)
        {
            if (link.IfIndex == 0 || rules.State.Find(link.Pin) is not { } applied) continue;
            var before = _devices.GetValueOrDefault(link.IfIndex)?.Name ?? applied.Device;
            var name = names.GetValueOrDefault(link.Pin) ?? Numbered(link.IfIndex);
            _devices[link.IfIndex] = new(name, applied.Start);
            if (name == before) continue;
            report(names.ContainsKey(link.Pin)
                ? $"the device that was called {before} is called {name} now"
                : $"{before} is not in its network namespace any more; its packets are shown as those of {name}");
        }
    }

    private static string Numbered(uint index) => string.Create(CultureInfo.InvariantCulture, $"if{index}");
}
