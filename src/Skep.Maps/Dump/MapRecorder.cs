using System.Text;
using Skep.Bpf;
using Skep.Linux.Errors;
using Skep.Linux.Kernel;
using Skep.Output;

namespace Skep.Maps.Dump;

/// <summary>A change of an entry: as a JSON object with the keys of <c>map watch -j</c>, and as a line.</summary>
public sealed record MapChange(EntryChangeKind Kind, string Json, string Text);

/// <summary>What happens to the entries of a map between two looks at it.</summary>
public sealed class MapRecorder : IDisposable
{
    private readonly BpfMap _map;
    private readonly KernelTypes _types;
    private MapSnapshot _last;

    /// <summary>Begins with the map as it is now.</summary>
    /// <param name="map">A map with entries; disposed with this.</param>
    /// <param name="types">The kernel's.</param>
    /// <exception cref="KernelException">The map's type has no entries, or it may not be read.</exception>
    public MapRecorder(BpfMap map, KernelTypes types)
    {
        ArgumentNullException.ThrowIfNull(map);
        (_map, _types) = (map, types);
        _last = MapSnapshot.Read(map);
    }

    /// <summary>The map.</summary>
    public BpfMapInfo Info => _map.Info;

    /// <summary>The changes since the last call, or the beginning.</summary>
    public IReadOnlyList<MapChange> Changes()
    {
        var changes = new List<MapChange>();
        DateTime time = DateTime.UtcNow;
        _last = MapSnapshot.Read(_map, _last, (key, old, value) =>
        {
            EntryChangeKind kind = old is null ? EntryChangeKind.Added : value is null ? EntryChangeKind.Deleted : EntryChangeKind.Changed;
            changes.Add(new MapChange(kind, Line(OutputForm.Json), Line(OutputForm.Text)));

            string Line(OutputForm form)
            {
                using var stream = new MemoryStream();
                var writer = new ChangeWriter(stream, _map.Info, _types, form);
                writer.Write(time, kind, key, old, value);
                writer.Flush();
                return Encoding.UTF8.GetString(stream.ToArray()).TrimEnd('\n');
            }
        });
        return changes;
    }

    /// <inheritdoc/>
    public void Dispose() => _map.Dispose();
}
