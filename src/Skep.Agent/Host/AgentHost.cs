using System.Diagnostics;
using System.Net;
using Skep.Agent.Alerts.Raise;
using Skep.Agent.Alerts.Rules;
using Skep.Agent.Alerts.Send;
using Skep.Agent.Config;
using Skep.Agent.Explain;
using Skep.Agent.Export;
using Skep.Agent.Export.Otlp;
using Skep.Agent.History;
using Skep.Agent.Inspect;
using Skep.Agent.Live;
using Skep.Agent.Web;
using Skep.Filter.Syntax;
using Skep.Inventory.Machine;
using Skep.Linux.Errors;
using Skep.Linux.Files;
using Skep.Linux.Kernel;
using Skep.Linux.Processes;
using Skep.Linux.Time;
using Skep.Output;
using Skep.Watch.Capture;
using Skep.Watch.Events;
using Skep.Watch.Session;

namespace Skep.Agent.Host;

/// <summary>The agent from its start to its end: watches, looks at the machine, and stores what it finds.</summary>
public sealed class AgentHost : IDisposable
{
    // Events wait in memory while the disk is slow.
    private const long MostQueuedBytes = 32 << 20;

    private const int MostStatusBytes = 1 << 20;

    private static readonly TimeSpan Gather = TimeSpan.FromMilliseconds(20), LockTakes = TimeSpan.FromMilliseconds(500);

    private readonly Action<string> _report;
    private readonly PrivateLock _lock;
    private readonly ServiceNotifier _manager = ServiceNotifier.Connect();
    private readonly EventQueue _queue = new(MostQueuedBytes);
    private readonly WatchSession _session;
    private readonly Recorder _recorder;
    private readonly MachineLooks _looks;
    private readonly AlertEngine _alerts;
    private readonly AlertTargets _targets;
    private readonly AgentStatus _status;
    private readonly AgentConfig _config;
    private volatile AgentConfig _used;
    private readonly EventStream _stream = new();
    private readonly CancellationTokenSource _ending = new();
    private readonly ProgramAnalyses _analyses;
    private readonly AgentServer _server;
    private readonly Exports _exports;
    private readonly Metrics _metrics;
    private readonly FleetHost? _fleet;
    private volatile bool _statusFailed;

    private AgentHost(AgentConfig config, AlertSet alerts, string version, PrivateLock taken, Action<string> report)
    {
        (_config, _used, _lock, _report) = (config, config, taken, report);
        var machine = new MachineSnapshot();
        IEventSink sink = new ChangeSink(_queue, () => _looks!.Changed());
        if (config.Explain) sink = new ExplainingSink(sink, machine.Kernel);
        var own = new OwnProcesses();
        sink = own.Before(sink);
        var options = new WatchOptions { Backend = config.Backend, BufferBytes = config.BufferBytes, Gather = Gather };
        _session = WatchSession.Open(options, machine, sink, report);
        HistoryWriter? writer = null;
        try
        {
            string boot = KernelFile.Text("/proc/sys/kernel/random/boot_id").Value ?? "";
            string? host = KernelFile.Text("/proc/sys/kernel/hostname").Value;
            var run = new AgentRun(boot, host, version, _session.Backend, Clocks.UnixNanoseconds());
            writer = new HistoryWriter(config.DatabasePath, config.ProgramsDirectory, run, report) { CodeGone = _queue.Forget };
            if (writer.Gap is { } gap)
            {
                string why = gap.WasKilled ? ": the one before did not end by itself" : "";
                report($"no agent watched from {UtcText.Nanoseconds(gap.From)} to {UtcText.Nanoseconds(gap.To)}{why}");
            }

            _targets = new AlertTargets(report);
            _targets.Use(alerts.Targets);
            _alerts = new AlertEngine(
                alerts.Rules, machine.Kernel, config.DatabasePath, isFirst: writer.Gap is null, host, job => _recorder!.Add(job),
                (alert, json) =>
                {
                    _targets.Send(alert.Rule.To, json);
                    _exports!.Take(json);
                }, report);
            var raised = new AlertReport(_alerts, _targets);
            _exports = new Exports(config, new ResourceInfo(host, version, run.StartedNs), report);
            var decisions = new DecisionLooks(
                writer.LastDecision, (rows, stored) => _recorder!.Add(job => stored(job.Store(rows))), _exports.Take);
            _status = new AgentStatus(
                config, run, raised.WriteTo, decisions.WriteTo, _exports.WriteTo, json => _fleet?.WriteTo(json));
            _recorder = new Recorder(writer, _queue, config, () => _session.Lost, Alive, Stop);
            var live = new LiveMachine();
            _looks = new MachineLooks(_recorder, _alerts, machine, config, live, decisions, report);
            _analyses = new ProgramAnalyses(new AnalysisProcess(own).Run);
            _queue.Follower = (e, json) =>
            {
                _stream.Send(json);
                _alerts.Take(e, json);
                _exports.Take(json);
            };
            _metrics = new Metrics(
                _queue, _recorder.Counters, config, raised.WriteTo, DecisionLooks.WriteTo, _exports.WriteTo, text => _fleet?.WriteTo(text));
            _fleet = FleetHost.Create(config, run, _metrics.Write, ReadAlerts, report);
            var handler = new RequestHandler(
                config, () => PrivateFile.Read(config.StatusPath, MostStatusBytes), _metrics,
                _stream, new LoadedRequests(config, live), new ProgramRequests(config, _analyses), new MachineRequests(),
                _ending.Token);
            _server = AgentServer.Start(config, handler.Answer);
        }
        catch
        {
            // It has watched nothing: the next one is not to take it for one that was killed.
            writer?.End(Clocks.UnixNanoseconds(), default);
            _targets?.Dispose();
            _alerts?.Dispose();
            writer?.Dispose();
            _exports?.Stop();
            _session.Dispose();
            throw;
        }
    }

    /// <summary>The capture backend in use, 1 to 4.</summary>
    public int Backend => _session.Backend;

    /// <summary>Where HTTP is served; null when only the socket of root is.</summary>
    public string? Address =>
        _config.Listen.Length == 0 ? null : $"{(_config.WebCertificate is null ? "http" : "https")}://{Reachable(_config.Listen)}/";

    /// <summary>The address of the page with the token: for a person at a terminal, not for a log.</summary>
    public string? PageAddress => Address is { } address ? $"{address}?token={_server.Token.Text}" : null;

    /// <summary>Makes the directories, opens the database and attaches to the kernel.</summary>
    /// <param name="config">How it runs.</param>
    /// <param name="alerts">Its alerts.</param>
    /// <param name="version">The version of skep.</param>
    /// <param name="report">Takes a message about what goes wrong, as it does.</param>
    /// <exception cref="IOException">A directory or the database cannot be made, or another agent uses it.</exception>
    /// <exception cref="InvalidDataException">One of them is not this user's, or no database of skep.</exception>
    /// <exception cref="KernelException">The kernel refused.</exception>
    public static AgentHost Start(AgentConfig config, AgentAlerts alerts, string version, Action<string> report)
    {
        ArgumentNullException.ThrowIfNull(config);
        ArgumentNullException.ThrowIfNull(alerts);
        PrivateDirectory.Ensure(config.StateDirectory, config.StateDirectory, report);
        PrivateDirectory.Ensure(config.StateDirectory, config.ProgramsDirectory, report);
        PrivateDirectory.Ensure(config.RuntimeDirectory, config.RuntimeDirectory, report);
        PrivateLock taken = Lock(config)
            ?? throw new IOException($"using {config.StateDirectory}: another agent uses it (state_dir names another place)");
        try
        {
            // One that was killed left its own.
            PrivateFile.Remove(config.StatusPath);
            return new AgentHost(config, alerts.Set, version, taken, report);
        }
        catch
        {
            taken.Dispose();
            throw;
        }
    }

    /// <summary>Whether an agent uses a state directory now.</summary>
    /// <exception cref="IOException">That cannot be told.</exception>
    public static bool IsRunning(AgentConfig config)
    {
        ArgumentNullException.ThrowIfNull(config);
        if (!PrivateDirectory.Exists(config.StateDirectory)) return false;
        using PrivateLock? free = PrivateLock.Try(LockPath(config));
        return free is null;
    }

    /// <summary>Watches until <see cref="Stop"/>.</summary>
    /// <returns>What became of the events.</returns>
    public WatchSummary Run()
    {
        _recorder.Start();
        _alerts.Start();
        _looks.Start();
        _exports.Start(_metrics.Write);
        _fleet?.Start();
        _manager.Ready($"watching (backend {Backend})");
        try
        {
            return _session.Run();
        }
        finally
        {
            _manager.Stopping();
            _ending.Cancel();
            _fleet?.Stop();
            _server.Dispose();
            _looks.Stop();
            _alerts.Stop();
            _exports.Stop();
            _recorder.Stop();
            _targets.Dispose();
        }
    }

    /// <summary>Ends <see cref="Run"/>, from any thread: what was captured by then is stored.</summary>
    public void Stop() => _session.Stop();

    /// <summary>Goes by another configuration, as far as that needs no new start.</summary>
    /// <param name="config">The configuration.</param>
    /// <param name="alerts">Its alerts.</param>
    /// <returns>The keys that differ and need one.</returns>
    public IReadOnlyList<string> Reload(AgentConfig config, AgentAlerts alerts)
    {
        ArgumentNullException.ThrowIfNull(config);
        ArgumentNullException.ThrowIfNull(alerts);
        _manager.Reloading();

        // Those of the start stay in use: another agent may have the others.
        AgentConfig used = config with { StateDirectory = _config.StateDirectory, RuntimeDirectory = _config.RuntimeDirectory };
        _used = used;
        _targets.Use(alerts.Set.Targets);
        _alerts.Use(alerts.Set.Rules);
        _recorder.Use(used);
        _looks.Use(used);
        _exports.Use(used);
        ReadCertificateAgain();
        _manager.Ready($"watching (backend {Backend})");
        (string Key, bool Differs)[] fixedKeys =
        [
            ("state_dir", config.StateDirectory != _config.StateDirectory),
            ("runtime_dir", config.RuntimeDirectory != _config.RuntimeDirectory),
            ("listen", config.Listen != _config.Listen),
            ("watch.backend", config.Backend != _config.Backend),
            ("watch.buffer", config.BufferBytes != _config.BufferBytes),
            ("watch.explain", config.Explain != _config.Explain),
            ("web.certificate", config.WebCertificate != _config.WebCertificate),
            ("web.key", config.WebKey != _config.WebKey),
            ("web.write", config.WebWrite != _config.WebWrite),
            ("fleet", !FleetHost.IsSame(config.Fleet, _config.Fleet)),
        ];
        return [.. fixedKeys.Where(one => one.Differs).Select(one => one.Key)];
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _server.Dispose();
        _analyses.Dispose();
        _ending.Dispose();
        _looks.Dispose();
        _alerts.Dispose();
        _targets.Dispose();
        _exports.Dispose();
        _recorder.Dispose();
        _session.Dispose();
        _queue.Dispose();
        _manager.Dispose();
        _lock.Dispose();
    }

    // Who asks whether an agent runs holds the lock for a moment.
    private static PrivateLock? Lock(AgentConfig config)
    {
        long begun = Stopwatch.GetTimestamp();
        while (true)
        {
            if (PrivateLock.Try(LockPath(config)) is { } taken) return taken;
            if (Stopwatch.GetElapsedTime(begun) > LockTakes) return null;
            Thread.Sleep(10);
        }
    }

    private static string LockPath(AgentConfig config) => Path.Combine(config.StateDirectory, "agent.lock");

    // All addresses are none that a browser opens.
    private static string Reachable(string listen)
    {
        IPEndPoint end = IPEndPoint.Parse(listen);
        bool isAny = end.Address.Equals(IPAddress.Any) || end.Address.Equals(IPAddress.IPv6Any);
        return isAny && KernelFile.Text("/proc/sys/kernel/hostname").Value is { Length: > 0 } host ? $"{host}:{end.Port}" : listen;
    }

    // It is renewed in its place.
    private void ReadCertificateAgain()
    {
        try
        {
            _server.ReadCertificateAgain();
        }
        catch (Exception e) when (e is IOException or InvalidDataException)
        {
            _report($"{e.Message} (the certificate before is served)");
        }
    }

    // The rules of alerts came by the fleet.
    private string? ReadAlerts()
    {
        AgentAlerts? read = AgentAlerts.Read(_used, out IReadOnlyList<Diagnostic> diagnostics);
        if (read is null) return DiagnosticFormatter.Format(diagnostics.First(one => one.Severity == Severity.Error)).Split('\n')[0];
        _targets.Use(read.Set.Targets);
        _alerts.Use(read.Set.Rules);
        return null;
    }

    private void Alive(RunCounters counters, long now)
    {
        if (_manager.WatchdogInterval is not null) _manager.Alive();
        try
        {
            _status.Write(counters, now);
            _statusFailed = false;
        }
        catch (IOException e)
        {
            if (!_statusFailed) _report($"writing {_config.StatusPath}: {e.Message}");
            _statusFailed = true;
        }
    }
}
