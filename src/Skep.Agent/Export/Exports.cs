using System.Text.Json;
using Skep.Agent.Config;
using Skep.Agent.Export.Delivery;
using Skep.Agent.Export.Otlp;
using Skep.Agent.Export.Syslog;
using Skep.Agent.Web;
using Skep.Linux.Time;

namespace Skep.Agent.Export;

/// <summary>All exporters of an agent: which there are follows its configuration.</summary>
internal sealed class Exports : IDisposable
{
    private const string Logs = "otlp_logs", Metrics = "otlp_metrics", Syslog = "syslog";
    private const string Label = "exporter";

    private readonly Lock _lock = new();
    private readonly ResourceInfo _resource;
    private readonly Action<string> _report;
    private readonly ManualResetEvent _stop = new(initialState: false);
    private readonly AutoResetEvent _changed = new(initialState: false);
    private readonly Thread _metrics;
    private volatile Exporter[] _all = [];
    private volatile AgentConfig _config;
    private Action<IMetricWriter>? _write;

    /// <param name="config">Where to.</param>
    /// <param name="resource">Who sends.</param>
    /// <param name="report">Takes what goes wrong.</param>
    public Exports(AgentConfig config, ResourceInfo resource, Action<string> report)
    {
        (_config, _resource, _report) = (config, resource, report);
        _metrics = new Thread(SendMetrics) { IsBackground = true, Name = "metrics" };
        Set(config, before: null);
    }

    /// <summary>Begins to send metrics.</summary>
    /// <param name="write">Writes all of them.</param>
    public void Start(Action<IMetricWriter> write)
    {
        _write = write;
        _metrics.Start();
    }

    /// <summary>Takes an event, or an alert; never waits.</summary>
    /// <param name="json">Its JSON.</param>
    public void Take(byte[] json)
    {
        foreach (Exporter one in _all)
            if (one.Name != Metrics) one.Add(new ExportItem(json, 1));
    }

    /// <summary>Goes by another configuration.</summary>
    public void Use(AgentConfig config)
    {
        AgentConfig before = _config;
        _config = config;
        Set(config, before);
        _changed.Set();
    }

    /// <summary>Ends. What cannot be sent soon waits in the spool for the next agent.</summary>
    public void Stop()
    {
        _stop.Set();
        if (_write is not null) _metrics.Join();
        Exporter[] all = _all;
        foreach (Exporter one in all) one.BeginStop();
        foreach (Exporter one in all) one.Join();
    }

    /// <summary>Writes what became of the records of each, into an object.</summary>
    public void WriteTo(Utf8JsonWriter json)
    {
        Exporter[] all = _all;
        if (all.Length == 0) return;
        json.WriteStartObject("export");
        foreach (Exporter one in all)
        {
            json.WriteStartObject(one.Name);
            one.Counters.WriteTo(json);
            json.WriteEndObject();
        }

        json.WriteEndObject();
    }

    /// <summary>Writes the same as metrics.</summary>
    public void WriteTo(IMetricWriter text)
    {
        (string Name, ExportCounters Now)[] all = [.. _all.Select(one => (one.Name, one.Counters))];
        if (all.Length == 0) return;
        void Each(Func<ExportCounters, long> count)
        {
            foreach ((string name, ExportCounters now) in all) text.Value(count(now), (Label, name));
        }

        text.Counter("skep_export_captured_total", "Records that exporters were given, and those that they found in their spool.");
        Each(now => now.Captured);
        text.Counter("skep_export_records_total", "Records that receivers have taken.");
        Each(now => now.Exported);
        text.Gauge("skep_export_pending", "Records that wait to be exported, in memory and in the spool.");
        Each(now => now.Pending);
        text.Counter("skep_export_dropped_total", "Records that are not exported, by cause.");
        foreach ((string name, ExportCounters now) in all)
            for (int i = 0; i < now.Dropped.Count; i++) text.Value(now.Dropped[i], (Label, name), ("cause", DropCauses.Names[i]));
        text.Counter("skep_export_errors_total", "Attempts to export that failed.");
        Each(now => now.Errors);
        text.Gauge("skep_export_spool_bytes", "Bytes of records that wait on disk.");
        Each(now => now.SpoolBytes);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (Exporter one in _all) one.Dispose();
        _stop.Dispose();
        _changed.Dispose();
    }

    private void Set(AgentConfig config, AgentConfig? before)
    {
        lock (_lock)
        {
            OtlpConfig otlp = config.Otlp;
            SyslogConfig syslog = config.Syslog;
            bool isOtherOtlp = before?.Otlp != otlp, isOtherSyslog = before?.Syslog != syslog;
            if (isOtherOtlp)
            {
                Set(Logs, otlp is { Endpoint: not null, Logs: true } ? OtlpTarget.OfLogs(otlp, _resource) : null, otlp.SpoolBytes);
                Set(Metrics, otlp is { Endpoint: not null, Metrics: true } ? OtlpTarget.OfMetrics(otlp) : null, otlp.SpoolBytes);
            }

            if (isOtherSyslog) Set(Syslog, TargetOf(syslog), syslog.SpoolBytes);
        }
    }

    private void Set(string name, IExportTarget? target, long spoolBytes)
    {
        Exporter? exporter = _all.FirstOrDefault(one => one.Name == name);
        if (exporter is null)
        {
            if (target is null) return;
            string directory = Path.Combine(_config.SpoolDirectory, name.Replace('_', '-'));
            try
            {
                exporter = new Exporter(name, ExportSpool.Open(_config.SpoolDirectory, directory, _report), _report);
            }
            catch (Exception e) when (e is IOException or InvalidDataException)
            {
                _report($"{name}: {e.Message} (nothing is exported by it)");
                target.Dispose();
                return;
            }

            exporter.Use(target, spoolBytes);
            _all = [.. _all, exporter];
            return;
        }

        exporter.Use(target, spoolBytes);
    }

    private SyslogTarget? TargetOf(SyslogConfig config)
    {
        if (config.Endpoint is not { } endpoint) return null;
        return new SyslogTarget(
            endpoint, config.Issuers, endpoint.Kind == SyslogKind.Journal
                ? new JournalMessage(config.Facility).Encode
                : new SyslogMessage(_resource.Host, Environment.ProcessId, config.Facility).Encode);
    }

    private void SendMetrics()
    {
        while (true)
        {
            int woken = WaitHandle.WaitAny([_stop, _changed], _config.Otlp.Interval);
            if (woken == 0) return;
            if (_all.FirstOrDefault(one => one is { Name: Metrics, IsOn: true }) is not { } exporter) continue;
            try
            {
                var request = new MetricRequest(_resource, Clocks.UnixNanoseconds());
                _write!(request);
                exporter.Add(request.End());
            }
            catch (Exception e) when (e is Linux.Errors.KernelException or IOException or InvalidDataException or NotSupportedException)
            {
                _report($"{Metrics}: {e.Message}");
            }
        }
    }
}
