using System.Globalization;
using System.Text.Json;
using Skep.Agent.Config;
using Skep.Agent.History;
using Skep.Linux.Files;
using Skep.Linux.Processes;
using Skep.Output;

namespace Skep.Agent.Host;

/// <summary>What an agent says of itself: a file in its runtime directory, made anew each second.</summary>
/// <param name="config">Where it is.</param>
/// <param name="run">Who says it.</param>
/// <param name="others">Write what other parts of the agent say.</param>
internal sealed class AgentStatus(AgentConfig config, AgentRun run, params Action<Utf8JsonWriter>[] others)
{
    // Turns, each a second.
    private const int ProgramsEvery = 15;

    // Of each thread: all were made behind it.
    private readonly Confinement _confined = Confinement.Read();
    private readonly MemoryStream _buffer = new();
    private long _programBytes;
    private int _turn;

    /// <summary>Writes it.</summary>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public void Write(RunCounters counters, long now)
    {
        _buffer.SetLength(0);
        using (var json = new Utf8JsonWriter(_buffer))
        {
            json.WriteStartObject();
            json.WriteString("time", UtcText.Nanoseconds(now));
            json.WriteNumber("pid", Environment.ProcessId);
            json.WriteString("version", run.Version);
            if (run.Host is { } host) json.WriteString("host", host);
            json.WriteString("started", UtcText.Nanoseconds(run.StartedNs));
            json.WriteNumber("tier", run.Backend);
            json.WriteString("state_dir", config.StateDirectory);
            json.WriteBoolean("web_write", config.WebWrite);
            json.WriteNumber("bytes_database", Bytes(config.DatabasePath) + Bytes(config.DatabasePath + "-wal"));
            json.WriteNumber("bytes_programs", ProgramBytes());
            WriteConfinement(json);
            json.WriteStartObject("events");
            counters.WriteTo(json);
            json.WriteEndObject();
            foreach (Action<Utf8JsonWriter> write in others) write(json);
            json.WriteEndObject();
        }

        PrivateFile.Replace(config.StatusPath, _buffer.ToArray());
    }

    private void WriteConfinement(Utf8JsonWriter json)
    {
        json.WriteStartObject("confined");
        json.WriteString("capabilities", _confined.Bounding.ToString("x16", CultureInfo.InvariantCulture));
        json.WriteBoolean("no_new_privileges", _confined.NoNewPrivileges);
        json.WriteBoolean("system_calls", _confined.Filtered);
        json.WriteEndObject();
    }

    // There may be thousands of files.
    private long ProgramBytes()
    {
        if (_turn++ % ProgramsEvery == 0) _programBytes = PrivateDirectory.BytesIn(config.ProgramsDirectory);
        return _programBytes;
    }

    private static long Bytes(string path) => PrivateFile.Length(path) ?? 0;
}
