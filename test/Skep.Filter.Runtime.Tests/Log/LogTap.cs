using Skep.Bpf;
using Skep.Filter.Runtime.Log;
using Skep.Filter.Runtime.Maps;
using Skep.Filter.Runtime.Programs;

namespace Skep.Filter.Runtime.Tests.Log;

/// <summary>Reads what a loaded filter logs, for as long as it is not disposed.</summary>
internal sealed class LogTap : IDisposable
{
    private readonly LogMaps _maps;
    private readonly RingBuffer _ring;

    internal LogTap(LoadedFilter filter)
    {
        _maps = LogMaps.TryOpen(filter.Program.GetInfo().Id) ?? throw new ArgumentException("the filter does not log");
        _ring = new(_maps.Ring);
        _maps.SetFollowed(true);
    }

    /// <summary>Whether a rule that logs is reached by any packet.</summary>
    internal static bool Logs(LoadedFilter filter)
    {
        using var maps = LogMaps.TryOpen(filter.Program.GetInfo().Id);
        return maps is not null;
    }

    internal LogCount Count => _maps.ReadCount();

    internal List<LogRecord> Take()
    {
        var records = new List<LogRecord>();
        _ring.Consume(bytes => records.Add(LogRecord.Read(bytes)));
        return records;
    }

    public void Dispose()
    {
        _maps.SetFollowed(false);
        _ring.Dispose();
        _maps.Dispose();
    }
}
