using System.Diagnostics;
using System.Text;

namespace Skep.EndToEnd.Top;

/// <summary>A program on a pseudoterminal (script(1)), its screen read as text.</summary>
internal sealed class Screen : IDisposable
{
    private readonly Process _script;
    private readonly StringBuilder _sent = new();
    private readonly Thread _reader;

    public Screen(int rows, int columns, string command)
    {
        Requires.Installed("script");
        _script = Tool.Start(
            "script",
            ["-qec", $"stty rows {rows} cols {columns}; tty; echo $$; exec {command}", "/dev/null"],
            ("TERM", "xterm"),
            ("LC_ALL", "C.UTF-8"));
        _reader = new Thread(Read);
        _reader.Start();
        Until(text => text.Count(c => c == '\n') >= 2);
        string[] lines = All.Split('\n');
        Terminal = lines[0].Trim();
        Pid = int.Parse(lines[1]);
    }

    /// <summary>The pseudoterminal's path.</summary>
    public string Terminal { get; }

    /// <summary>The program.</summary>
    public int Pid { get; }

    /// <summary>All that was sent to the terminal.</summary>
    public string All
    {
        get
        {
            lock (_sent) return _sent.ToString();
        }
    }

    /// <summary>The lines that the terminal shows, without colours.</summary>
    public string[] Frame => LastFrame(All);

    public void Press(string keys)
    {
        _script.StandardInput.Write(keys);
        _script.StandardInput.Flush();
    }

    /// <summary>Waits for a frame that is so; its lines, without colours.</summary>
    public string[] Wait(Func<string[], bool> isSo)
    {
        string[] lines = [];
        Until(all => isSo(lines = LastFrame(all)), () => string.Join('\n', lines));
        return lines;
    }

    public string[] Wait(string text) => Wait(lines => lines.Any(line => line.Contains(text, StringComparison.Ordinal)));

    /// <summary>Waits for the end of the program.</summary>
    public int End()
    {
        Assert.True(_script.WaitForExit(60_000), "it does not end");
        _reader.Join();
        return _script.ExitCode;
    }

    public void Dispose()
    {
        if (!_script.HasExited) _script.Kill(entireProcessTree: true);
        _script.WaitForExit();
        _reader.Join();
        _script.Dispose();
    }

    // A frame begins at the upper left corner, and is whole when it has cleared what is below it.
    private static string[] LastFrame(string all)
    {
        const string home = "\e[H", whole = "\e[J";
        int end = all.LastIndexOf(whole, StringComparison.Ordinal);
        int start = end < 0 ? -1 : all.LastIndexOf(home, end, StringComparison.Ordinal);
        if (start < 0) return [];
        return [.. Plain(all[(start + home.Length)..end]).Split("\r\n")];
    }

    private static string Plain(string text)
    {
        var plain = new StringBuilder();
        for (int i = 0; i < text.Length; i++)
        {
            if (text[i] != '\e') plain.Append(text[i]);
            else while (++i < text.Length && !char.IsAsciiLetter(text[i])) { }
        }

        return plain.ToString();
    }

    private void Until(Func<string, bool> isSo, Func<string>? seen = null)
    {
        for (int i = 0; i < 600; i++)
        {
            if (isSo(All)) return;
            Thread.Sleep(50);
        }

        Assert.Fail($"never came; the screen:\n{seen?.Invoke() ?? All}");
    }

    private void Read()
    {
        var buffer = new char[4096];
        int read;
        while ((read = _script.StandardOutput.Read(buffer)) > 0)
        {
            lock (_sent) _sent.Append(buffer, 0, read);
        }
    }
}
