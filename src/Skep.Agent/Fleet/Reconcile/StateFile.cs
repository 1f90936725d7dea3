using System.Text.Json;
using Skep.Agent.Fleet.Model;
using Skep.Linux.Files;

namespace Skep.Agent.Fleet.Reconcile;

/// <summary>The file of what an agent remembers. It outlasts a loss of power, and is written only when it changes.</summary>
/// <param name="path">The file.</param>
/// <param name="report">Takes why it cannot be read.</param>
internal sealed class StateFile(string path, Action<string> report)
{
    private const int MostBytes = 16 << 20;

    private byte[]? _written;

    /// <summary>Reads it; an empty state where there is none, or it is damaged.</summary>
    /// <param name="boot">The boot that an empty one is of.</param>
    public FleetState Read(string boot)
    {
        try
        {
            if (PrivateFile.Read(path, MostBytes) is { } bytes)
            {
                FleetState state = FleetJson.Read(path, bytes, StateContext.Default.FleetState);
                if (!state.IsWhole) throw FleetJson.NotWhole(path);
                _written = bytes;
                return state;
            }
        }
        catch (Exception e) when (e is IOException or InvalidDataException)
        {
            report($"fleet: {e.Message}; it goes on as if it remembered nothing: what its source has is applied anew, whatever generations "
                + "were seen before");
        }

        return new(boot, [], [], []);
    }

    /// <summary>Writes it.</summary>
    /// <exception cref="IOException">It cannot be written.</exception>
    public void Write(FleetState state)
    {
        byte[] bytes = JsonSerializer.SerializeToUtf8Bytes(state, StateContext.Default.FleetState);
        if (_written.AsSpan().SequenceEqual(bytes)) return;
        PrivateFile.ReplaceDurably(path, bytes);
        _written = bytes;
    }
}
