using System;
using Skep.Bpf;
using Skep.Filter.Compile;

namespace Skep.Filter.Runtime.Maps;

/// <summary>What a filter logs: records sent to the ring, and those for which there was no room.</summary>
/// <param name="Sent">Records sent.</param>
/// <param name="Lost">Records lost.</param>
public readonly record struct LogCount(ulong Sent, ulong Lost);

/// <summary>The maps of a program that logs, by which a log is followed and goes on in the program that replaces it.</summary>
internal sealed class LogMaps : IDisposable
{
    private readonly BpfMap _scratch;
    private readonly BpfMap _followed;

    private LogMaps(BpfMap ring, BpfMap scratch, BpfMap followed) => (Ring, _scratch, _followed) = (ring, scratch, followed);

    internal BpfMap Ring { get; }

    /// <summary>Opens the maps of a program.</summary>
    /// <param name="programId">The program, or 0.</param>
    /// <returns>Null when it is gone or does not log, or logs in another layout than this.</returns>
    internal static LogMaps? TryOpen(uint programId)
    {
        using var program = programId == 0 ? null : BpfProgram.TryOpenById(programId, out _);
        if (program is null) return null;
        BpfMap? ring = null, scratch = null, followed = null;
        foreach (var id in program.GetMapIds())
        {
            var map = BpfMap.TryOpenById(id, out _);
            switch (map?.Info)
            {
                case { Type: BpfMapType.Ringbuf, Name: FilterPlan.LogName }:
                    ring = map;
                    break;
                case { Type: BpfMapType.PercpuArray, Name: FilterPlan.LogScratchName, ValueSize: LogLayout.ScratchBytes }:
                    scratch = map;
                    break;
                case { Type: BpfMapType.Array, Name: FilterPlan.LogFollowedName, ValueSize: 4 }:
                    followed = map;
                    break;
                default:
                    map?.Dispose();
                    break;
            }
        }
        if (ring is not null && scratch is not null && followed is not null) return new(ring, scratch, followed);
        ring?.Dispose();
        scratch?.Dispose();
        followed?.Dispose();
        return null;
    }

    internal BpfMap? Duplicate(MapRole role) => role switch
    {
        MapRole.Log => Ring.Duplicate(),
        MapRole.LogScratch => _scratch.Duplicate(),
        MapRole.LogFollowed => _followed.Duplicate(),
        _ => null,
    };

    /// <summary>Sets whether the log is followed: only then records are made.</summary>
    internal void SetFollowed(bool isFollowed) => _followed.Update(0u, isFollowed ? 1u : 0u);

    /// <summary>What a program has logged; null when it does not log.</summary>
    internal static LogCount? ReadCount(uint programId)
    {
        using var maps = TryOpen(programId);
        return maps?.ReadCount();
    }

    internal LogCount ReadCount()
    {
        var info = _scratch.Info;
        var values = new byte[info.UserValueSize];
        _scratch.TryLookup(BitConverter.GetBytes(0), values);
        var (sent, lost) = (0UL, 0UL);
        for (var at = 0; at < values.Length; at += info.PerCpuStride)
        {
            sent += BitConverter.ToUInt64(values, at + LogLayout.Sent);
            lost += BitConverter.ToUInt64(values, at + LogLayout.Lost);
        }
        return new(sent, lost);
    }

    public void Dispose()
    {
        Ring.Dispose();
        _scratch.Dispose();
        _followed.Dispose();
    }
}
