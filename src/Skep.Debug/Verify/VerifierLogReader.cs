using System.Globalization;

namespace Skep.Debug.Verify;

/// <summary>
/// Reads the log of a verification, of levels 1 and 2: the steps that the verifier took, its messages, what it counted. The form of it is
/// that of kernel/bpf/log.c and verifier.c, of Linux 5.10 to 7.3.
/// </summary>
internal sealed class VerifierLogReader
{
    // What 7.3 adds to a message in sentences of its own (kernel/bpf/diagnostics.c).
    private const string Report = "Verification failed: ";

    // What the verifier tells of its walk beside the steps.
    private static readonly string[] s_notices =
    [
        "last_idx ", "regs=", "parent ", "propagating ", "mark_precise:", "caller:", "callee:", "returning from callee:",
        "to caller at ", "Validating ", "Func#", "Live regs before insn:", "arg JOIN ", "subprog#", "stack use/def ", "SCC ", "topo_order",
        "cur state:", "old state:", "force_precise:", "use: ", "def: ", "-- BEGIN PROG LOAD LOG", "-- END PROG LOAD LOG",
        "marking pointer arg", "Note, ", "Cannot find btf of tracepoint template", "verification time ", "signature verification passed",
        "Processed ", "processed ",
    ];

    private readonly List<LogStep> _steps = [];
    private readonly List<string> _messages = [];

    // Steps from which another branch may have been put aside, the last one on top: with the slot that it leads to, -1 for unknown.
    private readonly List<(int Step, int Target)> _branches = [];
    private string _state = "";
    private bool _isGiven;
    private LogSource? _source;
    private int _previous = -1;
    private bool _isInReport;
    private bool _hasReturned;

    private VerifierLogReader()
    {
    }

    /// <summary>Reads a log.</summary>
    public static VerifierLog Read(string log)
    {
        var reader = new VerifierLogReader();
        VerifierCounts? counts = null;
        foreach (ReadOnlySpan<char> raw in log.AsSpan().EnumerateLines())
        {
            ReadOnlySpan<char> line = raw.Trim();
            if (line.IsEmpty) continue;
            if (VerifierCounts.TryRead(line, ref counts))
            {
                reader._isInReport = false;
                if (counts?.Limit > 0) break;
                continue;
            }

            // Some messages end without a line feed before what the verifier counts.
            int glued = line.IndexOf("verification time ", StringComparison.Ordinal);
            reader.Read(glued > 0 ? line[..glued].TrimEnd() : line);
        }

        return new VerifierLog(reader._steps, reader._messages, counts);
    }

    private void Read(ReadOnlySpan<char> line)
    {
        if (line.StartsWith(Report, StringComparison.Ordinal)) _isInReport = true;
        if (_isInReport) return;
        if (line[0] == ';')
        {
            _source = ReadSource(line[1..].Trim());
            return;
        }

        if (line.StartsWith("from ", StringComparison.Ordinal) && TryReadBranch(line)) return;
        if (TryReadNumber(line, out int insn, out ReadOnlySpan<char> rest))
        {
            if (IsInstruction(rest))
            {
                Step(insn, rest[5..]);
                return;
            }

            // In the place of an instruction that cannot be disassembled.
            if (rest.StartsWith("BUG_", StringComparison.Ordinal))
            {
                Step(insn, rest);
                return;
            }

            if (IsState(rest))
            {
                _state = rest.ToString();
                return;
            }

            if (rest is "safe") return;
        }

        if (line.StartsWith("to caller at ", StringComparison.Ordinal)) _hasReturned = true;
        if (IsState(line) || IsNotice(line)) return;
        _messages.Add(line.ToString());
    }

    private void Step(int insn, ReadOnlySpan<char> rest)
    {
        // Behind the instruction, from a column on: what it changed.
        int change = rest.IndexOf(" ; ", StringComparison.Ordinal);
        string text = (change < 0 ? rest : rest[..change]).TrimEnd().ToString();
        if (!_isGiven && _previous >= 0 && !MayFollow(_steps[_previous], insn)) _previous = TakeBranch((_, target) => target == insn);
        _isGiven = false;
        _steps.Add(new LogStep(insn, text)
        {
            StateBefore = _state,
            StateAfter = change < 0 ? "" : rest[(change + 3)..].Trim().ToString(),
            Source = _source,
            Previous = _previous,
        });
        _previous = _steps.Count - 1;
        if (IsBranch(text)) _branches.Add((_previous, Target(insn, text)));

        // What was said so far was of steps before, and did not end the walk.
        _messages.Clear();
        _state = "";
        _hasReturned = false;
    }

    // "from 4 to 7: R0=... ": the walk goes on at another branch.
    private bool TryReadBranch(ReadOnlySpan<char> line)
    {
        const string to = " to ";
        ReadOnlySpan<char> rest = line["from ".Length..];
        int middle = rest.IndexOf(to, StringComparison.Ordinal), colon = rest.IndexOf(':');
        if (middle < 0 || colon < middle || !int.TryParse(rest[..middle], NumberStyles.None, CultureInfo.InvariantCulture, out int from))
            return false;
        ReadOnlySpan<char> state = rest[(colon + 1)..].Trim();
        bool isKnown = int.TryParse(rest[(middle + to.Length)..colon].TrimEnd(" (speculative execution)"), out int next);
        _previous = TakeBranch((insn, target) => insn == from && isKnown && target == next);
        if (_previous < 0) _previous = TakeBranch((insn, _) => insn == from);
        _isGiven = state is not "safe";
        _state = _isGiven ? state.ToString() : "";
        return true;
    }

    // Branches are taken up last in, first out: those above were decided, and never put aside.
    private int TakeBranch(Func<int, int, bool> isIt)
    {
        for (int i = _branches.Count - 1; i >= 0; i--)
        {
            (int step, int target) = _branches[i];
            if (!isIt(_steps[step].Insn, target)) continue;
            _branches.RemoveRange(i, _branches.Count - i);
            return step;
        }

        return -1;
    }

    // Level 1 does not say where the walk goes on at another branch. Behind the exit of a function comes what it returns to.
    private bool MayFollow(LogStep before, int insn)
    {
        if (before.Text == "exit") return _hasReturned;
        if (StepEffect.IsLocalCall(before.Text) || before.Text.StartsWith("goto ", StringComparison.Ordinal)) return true;

        // An instruction may have two slots.
        return insn == before.Insn + 1 || insn == before.Insn + 2 || (IsBranch(before.Text) && Target(before.Insn, before.Text) == insn)
            || StepEffect.IsCall(before.Text);
    }

    private static bool IsBranch(ReadOnlySpan<char> text) => text.StartsWith("if ", StringComparison.Ordinal)
        || text.StartsWith("may_goto", StringComparison.Ordinal) || StepEffect.IsCall(text);

    // "goto pc+3"
    private static int Target(int insn, ReadOnlySpan<char> text)
    {
        int at = text.LastIndexOf("pc", StringComparison.Ordinal);
        if (at < 0 || StepEffect.IsCall(text)) return -1;
        ReadOnlySpan<char> digits = text[(at + 2)..];
        int end = digits.IndexOf(' ');
        return int.TryParse(end < 0 ? digits : digits[..end], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int distance)
            ? insn + 1 + distance : -1;
    }

    private static LogSource ReadSource(ReadOnlySpan<char> line)
    {
        int at = line.LastIndexOf(" @ ", StringComparison.Ordinal), colon = line.LastIndexOf(':');
        return at >= 0 && colon > at && int.TryParse(line[(colon + 1)..], NumberStyles.None, CultureInfo.InvariantCulture, out int number)
            ? new LogSource(line[..at].Trim().ToString(), line[(at + 3)..colon].ToString(), number)
            : new LogSource(line.ToString(), null, 0);
    }

    private static bool TryReadNumber(ReadOnlySpan<char> line, out int number, out ReadOnlySpan<char> rest)
    {
        int colon = line.IndexOf(':');
        rest = colon < 0 ? default : line[(colon + 1)..].TrimStart();
        number = 0;
        return colon > 0 && int.TryParse(line[..colon], NumberStyles.None, CultureInfo.InvariantCulture, out number);
    }

    // "(85) call ..."
    private static bool IsInstruction(ReadOnlySpan<char> rest) => rest.Length > 5 && rest[0] == '(' && rest[3] == ')' && rest[4] == ' '
        && char.IsAsciiHexDigit(rest[1]) && char.IsAsciiHexDigit(rest[2]);

    private static bool IsState(ReadOnlySpan<char> text)
    {
        if (text.StartsWith("frame", StringComparison.Ordinal))
        {
            int colon = text.IndexOf(':');
            return colon > 0 && (text[(colon + 1)..].Trim().IsEmpty || IsState(text[(colon + 1)..].TrimStart()));
        }

        int equal = text.IndexOf('=');
        if (equal <= 1) return false;
        ReadOnlySpan<char> name = text[..equal];
        int under = name.IndexOf('_');
        if (under > 0) name = name[..under];
        return name[0] == 'R' ? int.TryParse(name[1..], NumberStyles.None, CultureInfo.InvariantCulture, out _)
            : name.StartsWith("fp-", StringComparison.Ordinal);
    }

    private static bool IsNotice(ReadOnlySpan<char> line)
    {
        foreach (string beginning in s_notices)
            if (line.StartsWith(beginning, StringComparison.Ordinal)) return true;
        return IsLivenessLine(line) || IsFrameLine(line)
            || (line.StartsWith("func#", StringComparison.Ordinal) && line.Contains(" @", StringComparison.Ordinal))
            || (line.StartsWith("frame ", StringComparison.Ordinal) && char.IsAsciiDigit(line["frame ".Length]));
    }

    // "(0) frame 0 insn 6 +live -8", of level 2.
    private static bool IsFrameLine(ReadOnlySpan<char> line)
    {
        int end = line.IndexOf(") frame ", StringComparison.Ordinal);
        return line[0] == '(' && end > 1 && !line[1..end].ContainsAnyExceptInRange('0', '9');
    }

    // "  3: .12....... (bf) r1 = r2", of level 2 since 6.16: before the walk.
    private static bool IsLivenessLine(ReadOnlySpan<char> line) =>
        TryReadNumber(line, out _, out ReadOnlySpan<char> rest) && rest.Length > 12 && rest[10] == ' ' && rest[11] == '('
            && !rest[..10].ContainsAnyExcept(".0123456789");
}
