using System.IO.Pipes;
using System.Text;
using Skep.Linux.Errors;
using Skep.Linux.Processes;

namespace Skep.Cli.Ui;

/// <summary>What another skep prints, as far as it has come.</summary>
internal sealed class CommandOutput : IDisposable
{
    private const int Kill = 9, MostLines = 200_000, TabStop = 8;

    private readonly Lock _lock = new();
    private readonly List<string> _lines = [];
    private readonly Action _changed;
    private ChildProcess? _child;
    private bool _isOver;

    /// <param name="words">The command and its arguments.</param>
    /// <param name="changed">Called from another thread when there is more.</param>
    public CommandOutput(IReadOnlyList<string> words, Action changed)
    {
        _changed = changed;
        new Thread(() => Run(words)) { IsBackground = true, Name = "command" }.Start();
    }

    /// <summary>The lines; the last says what is missing.</summary>
    public IReadOnlyList<string> Lines
    {
        get
        {
            lock (_lock) return _lines.Count == 0 ? [_isOver ? "it prints nothing" : "..."] : [.. _lines];
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        lock (_lock)
        {
            if (!_isOver) _child?.Signal(Kill);
            _isOver = true;
        }
    }

    /// <summary>Puts blanks for tabs, as a terminal shows them.</summary>
    internal static string WithoutTabs(string line)
    {
        if (!line.Contains('\t', StringComparison.Ordinal)) return line;
        var text = new StringBuilder();
        foreach (char one in line)
        {
            if (one != '\t') text.Append(one);
            else text.Append(' ', TabStop - (text.Length % TabStop));
        }

        return text.ToString();
    }

    private void Run(IReadOnlyList<string> words)
    {
        using var pipe = new AnonymousPipeServerStream(PipeDirection.In, HandleInheritability.None);
        try
        {
            lock (_lock)
            {
                if (_isOver) return;
                _child = ChildProcess.StartSelf([.. words], pipe.ClientSafePipeHandle);
            }
        }
        catch (KernelException e)
        {
            Add(e.Message);
            return;
        }
        finally
        {
            pipe.DisposeLocalCopyOfClientHandle();
        }

        using (var text = new StreamReader(pipe, Encoding.UTF8))
        {
            while (text.ReadLine() is { } line)
                if (!Add(WithoutTabs(line))) break;
        }

        _child.Wait();
        lock (_lock) _isOver = true;
        _changed();
    }

    private bool Add(string line)
    {
        bool isFirst, isMore;
        lock (_lock)
        {
            if (_isOver) return false;
            isFirst = _lines.Count == 0;
            isMore = _lines.Count < MostLines;
            _lines.Add(isMore ? line : $"(the first {MostLines} lines)");
            if (!isMore) _child?.Signal(Kill);
        }

        if (isFirst) _changed();
        return isMore;
    }
}
