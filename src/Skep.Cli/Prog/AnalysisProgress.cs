using System.Diagnostics;
using Skep.Inventory.Code;
using Skep.Linux.Streams;
using Skep.Output;

namespace Skep.Cli.Prog;

/// <summary>Shows on a terminal how far an analysis is that takes long, in one line of standard error that is removed at its end.</summary>
internal sealed class AnalysisProgress : IDisposable
{
    private const int Width = 78;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2), Period = TimeSpan.FromMilliseconds(500);

    private readonly TextWriter _output;
    private readonly string _work;
    private readonly Timer? _timer;
    private readonly Lock _writing = new();
    private readonly long _began = Stopwatch.GetTimestamp();
    private string _of = "";
    private bool _shown, _ended;

    /// <summary>Begins an analysis.</summary>
    /// <param name="work">What is done: <c>explaining</c>.</param>
    public AnalysisProgress(string work) : this(
        work, Terminal.IsError ? OpenTerminal() : TextWriter.Null, Terminal.IsError, Patience)
    {
    }

    internal AnalysisProgress(string work, TextWriter output, bool isTerminal, TimeSpan patience)
    {
        (_work, _output) = (work, output);
        if (isTerminal) _timer = new Timer(_ => Show(), null, patience, Period);
    }

    /// <summary>Does a part of the work for each program.</summary>
    public IReadOnlyList<T> Each<T>(IReadOnlyList<ProgramCode> programs, Func<ProgramCode, T> part)
    {
        var done = new List<T>(programs.Count);
        foreach (ProgramCode program in programs)
        {
            string place = programs.Count > 1 ? $", {done.Count + 1} of {programs.Count}" : "";
            Volatile.Write(ref _of, $" {SafeText.Escape(program.Name ?? "a program")}{place}");
            done.Add(part(program));
        }

        return done;
    }

    /// <summary>Removes the line.</summary>
    public void Dispose()
    {
        lock (_writing)
        {
            _ended = true;
            if (_shown) Write("\r\e[K");
        }

        _timer?.Dispose();
    }

    private static StreamWriter OpenTerminal() => new(DescriptorStream.StandardError());

    private void Show()
    {
        lock (_writing)
        {
            if (_ended) return;
            string text = $"skep: {_work}{Volatile.Read(ref _of)}: {(long)Stopwatch.GetElapsedTime(_began).TotalSeconds} s";
            Write($"\r{(text.Length > Width ? text[..Width] : text)}\e[K");
            _shown = true;
        }
    }

    // A terminal that is no longer there ends no analysis.
    private void Write(string text)
    {
        try
        {
            _output.Write(text);
            _output.Flush();
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException)
        {
            _ended = true;
        }
    }
}
