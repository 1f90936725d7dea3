using System.Diagnostics.CodeAnalysis;
using Skep.Debug.Debugger.Expressions;
using Skep.Debug.Machine;
using Skep.Inventory.Code;
using Skep.Isa;

namespace Skep.Debug.Debugger;

/// <summary>How far a step goes.</summary>
public enum StepKind
{
    /// <summary>One instruction.</summary>
    Instruction,

    /// <summary>One instruction; a call with all that it does.</summary>
    InstructionOver,

    /// <summary>To another source line.</summary>
    Line,

    /// <summary>To another source line; calls with all that they do.</summary>
    LineOver,

    /// <summary>Out of the function.</summary>
    Out,
}

/// <summary>A program that is run step by step, forward and back.</summary>
public sealed class DebugSession
{
    /// <summary>The most instructions that one command does.</summary>
    public const long MostSteps = 100_000_000;

    // How far is gone back at a time, to run forward again and look for the last place of interest.
    private const long Window = 4096;
    private const long NotCounted = -1;

    private readonly List<Breakpoint> _breakpoints = [];
    private readonly InstructionWatch _watch;
    private readonly MachineHistory _history;
    private int _lastNumber;
    private long _countedTo = NotCounted, _loggedTo;

    /// <summary>Starts a program: it is at its first instruction.</summary>
    /// <exception cref="NotSupportedException">No machine runs the program.</exception>
    public DebugSession(DebugTarget target)
    {
        ArgumentNullException.ThrowIfNull(target);
        Target = target;
        Machine = target.Start();
        _history = new MachineHistory(Machine);
        _watch = new InstructionWatch(target.Code);
    }

    /// <summary>What is debugged.</summary>
    public DebugTarget Target { get; }

    /// <summary>The program.</summary>
    public ProgramCode Code => Target.Code;

    /// <summary>The machine that runs it.</summary>
    public BpfMachine Machine { get; }

    /// <summary>The breakpoints, in the order in which they were made.</summary>
    public IReadOnlyList<Breakpoint> Breakpoints => _breakpoints;

    /// <summary>Whether the program runs itself, and not one that it called by a tail call.</summary>
    public bool IsInside => Machine.Program == 0;

    /// <summary>The source line of the next instruction; null without one.</summary>
    public CodeLine? Line => IsInside ? Code.LineAt(Machine.Slot) : null;

    /// <summary>Takes what breakpoints print that do not stop, when the program goes on behind them for the first time.</summary>
    public Action<string>? Log { get; set; }

    /// <summary>How many calls have not returned.</summary>
    public int Depth => Machine.Depth;

    /// <summary>Makes a breakpoint.</summary>
    /// <param name="location">
    /// <c>*SLOT</c>, <c>LINE</c>, <c>FILE:LINE</c>, <c>FUNCTION</c>, <c>helper NAME</c>, <c>map NAME</c> or <c>packet</c>.
    /// </param>
    /// <param name="condition">An expression that must not be 0; null for none.</param>
    /// <param name="breakpoint">The breakpoint.</param>
    /// <param name="mistake">What is wrong with the words.</param>
    /// <param name="hits">At which of the times that it is reached it stops, counted from the beginning of the run; null for each.</param>
    /// <param name="log">What it prints in place of a stop, with expressions in braces; null to stop.</param>
    public bool TryBreak(
        string location, string? condition, [NotNullWhen(true)] out Breakpoint? breakpoint, [NotNullWhen(false)] out string? mistake,
        string? hits = null, string? log = null)
    {
        breakpoint = null;
        LogMessage? message = null;
        Expression? test = null;
        HitCondition? count = null;
        if (hits is not null && !HitCondition.TryParse(hits, out count, out mistake)) return false;
        if (log is not null && !LogMessage.TryParse(log, out message, out mistake)) return false;
        if (condition is not null && !ExpressionParser.TryParse(condition, out test, out mistake)) return false;
        if (!new BreakpointLocator(Code, Machine).TryFind(location, out BreakpointPlace? place, out mistake)) return false;
        breakpoint = new Breakpoint(++_lastNumber, place, location, condition, test, count) { Log = message };
        _breakpoints.Add(breakpoint);
        if (count is not null) _countedTo = NotCounted;
        return true;
    }

    /// <summary>The breakpoint that stops at the next instruction; null for none. Going forward begins behind it.</summary>
    public Breakpoint? AtBreakpoint()
    {
        CountHits();
        return Reached(isNew: false);
    }

    /// <summary>Removes a breakpoint. False when there is none with the number.</summary>
    public bool Delete(int number) => _breakpoints.RemoveAll(one => one.Number == number) > 0;

    /// <summary>Removes all breakpoints.</summary>
    public void DeleteAll() => _breakpoints.Clear();

    /// <summary>Starts again, with maps as they were at the beginning. What the kernel is asked, it is asked again.</summary>
    public DebugStop Restart()
    {
        _loggedTo = 0;
        _history.GoTo(0);
        Machine.ForgetAnswers();
        return new DebugStop(StopReason.Start);
    }

    /// <summary>Goes on to a breakpoint, or the end.</summary>
    public DebugStop Continue() => Forward(static () => false);

    /// <summary>Goes back to a breakpoint, or the beginning.</summary>
    public DebugStop ContinueBack() => Back((_, _) => false, checkBreakpoints: true);

    /// <summary>Goes to a step of the run, back or forth.</summary>
    public DebugStop GoTo(long step)
    {
        long most = Machine.Steps + MostSteps;
        _history.GoTo(Math.Min(step, most));
        return Ended() ?? new DebugStop(step > most ? StopReason.Limit : StopReason.Step);
    }

    /// <summary>Begins the callback of a timer that waits; the program has ended.</summary>
    /// <param name="number">The number in <see cref="BpfMachine.Timers"/>.</param>
    /// <param name="mistake">Why not.</param>
    public DebugStop? RunTimer(int number, out string? mistake)
    {
        mistake = Machine.Status != MachineStatus.Finished ? "a timer runs when the program has ended (continue)"
            : number < 1 || number > Machine.Timers.Count ? $"there is no timer {number} (info timers lists them)" : null;
        if (mistake is not null) return null;
        _history.RunTimer(number);
        return new DebugStop(StopReason.Step);
    }

    /// <summary>Does a step.</summary>
    public DebugStop Step(StepKind kind)
    {
        int depth = Depth;
        CodeLine? line = Line;
        switch (kind)
        {
            case StepKind.Instruction:
                if (Ended() is { } over) return over;
                CountHits();
                _ = Advance();
                return Ended() ?? new DebugStop(StopReason.Step);
            case StepKind.InstructionOver:
                return Forward(() => Depth <= depth);
            case StepKind.Out:
                return depth == 0 ? Continue() : Forward(() => Depth < depth);
            default:
                return Forward(() => IsNewLine(line, depth, kind == StepKind.LineOver));
        }
    }

    /// <summary>Takes a step back: to the first instruction of a line, or to the call of the function.</summary>
    public DebugStop StepBack(StepKind kind)
    {
        int depth = Depth;
        long now = Machine.Steps;
        return kind switch
        {
            StepKind.Instruction => now == 0 ? new DebugStop(StopReason.Beginning) : GoTo(now - 1),
            StepKind.InstructionOver => Back((_, at) => at.Depth <= depth, checkBreakpoints: false),
            StepKind.Out => Back((_, at) => at.Depth < depth, checkBreakpoints: false),
            StepKind.LineOver => Back((before, at) => before.IsOtherLine(at), checkBreakpoints: false, depth),
            _ => Back((before, at) => before.IsOtherLine(at), checkBreakpoints: false),
        };
    }

    /// <summary>The value of an expression now.</summary>
    /// <exception cref="ExpressionException">It reads what is not there.</exception>
    public ulong Evaluate(Expression expression)
    {
        ArgumentNullException.ThrowIfNull(expression);
        return expression.Evaluate(Machine);
    }

    private DebugStop? Ended() => Machine.Status switch
    {
        MachineStatus.Finished => new DebugStop(StopReason.End),
        MachineStatus.Stopped => new DebugStop(StopReason.Fault),
        _ => null,
    };

    private bool IsNewLine(CodeLine? line, int depth, bool isOver)
    {
        if (isOver && Depth > depth) return false;
        if (Depth < depth) return true;
        return Line is { Line: > 0 } now && !(Depth == depth && line is not null && now.Line == line.Line && now.File == line.File);
    }

    // Breakpoints stop it too, but not that of the instruction where it begins.
    private DebugStop Forward(Func<bool> isDone)
    {
        CountHits();
        for (long done = 0; done < MostSteps; done++)
        {
            if (Ended() is { } over) return over;
            Breakpoint? breakpoint = Advance();
            if (Ended() is { } ended) return ended;
            if (breakpoint is not null)
            {
                breakpoint.Hits++;
                return new DebugStop(StopReason.Breakpoint, breakpoint);
            }

            if (isDone()) return new DebugStop(StopReason.Step);
        }

        return new DebugStop(StopReason.Limit);
    }

    // One instruction; hits were counted up to it, and are then.
    private Breakpoint? Advance()
    {
        LogHere();
        _history.Run(1);
        if (Ended() is not null) return null;
        Breakpoint? breakpoint = Reached(isNew: true);
        _countedTo = Machine.Steps;
        return breakpoint;
    }

    // To the last step before this one at which it is done, or a breakpoint is. What is deeper than `deepest` is passed over.
    private DebugStop Back(Func<Position, Position, bool> isDone, bool checkBreakpoints, int deepest = int.MaxValue)
    {
        long end = Machine.Steps;
        while (end > 0)
        {
            // What counts hits is counted from the beginning.
            bool counts = checkBreakpoints && Counts;
            long begin = counts ? 0 : Math.Max(0, end - Window), found = -1;
            Breakpoint? reached = null;

            // One step before, to compare the first of the window with.
            _history.GoTo(Math.Max(0, begin - 1));
            Position before = Here();
            if (begin > 0) _history.Run(1);
            if (counts) Forget();
            for (; Machine.Steps < end && _history.GoesOn; _history.Run(1))
            {
                // Between the end of the program and a timer that was run then.
                if (Machine.Status != MachineStatus.Running) continue;
                Position at = Here();
                Breakpoint? here = checkBreakpoints ? Reached(isNew: true) : null;
                bool isCounted = at.Depth <= deepest;
                if (here is not null || (isCounted && before.Depth <= deepest && Machine.Steps > 0 && isDone(before, at)))
                    (found, reached) = (Machine.Steps, here);
                if (isCounted) before = at;
                if (Machine.Steps + 1 >= end) break;
            }

            if (found >= 0)
            {
                _history.GoTo(found);
                return new DebugStop(reached is null ? StopReason.Step : StopReason.Breakpoint, reached);
            }

            end = begin;
        }

        _history.GoTo(0);
        return new DebugStop(StopReason.Beginning);
    }

    private Position Here() => new(Machine.Slot, Depth, Line);

    private bool Counts => _breakpoints.Exists(one => one.HitTest is not null);

    private void Forget()
    {
        foreach (Breakpoint breakpoint in _breakpoints) breakpoint.Reached = 0;
        _countedTo = NotCounted;
    }

    // How often each breakpoint was reached up to here: after a jump, by running again from the beginning.
    private void CountHits()
    {
        if (_countedTo == Machine.Steps || !Counts) return;
        long now = Machine.Steps;
        Forget();
        _history.GoTo(0);
        while (true)
        {
            _ = Reached(isNew: true);
            if (Machine.Steps >= now) break;
            _history.Run(1);
        }

        _countedTo = now;
    }

    // The first that stops here; all of them count.
    private Breakpoint? Reached(bool isNew)
    {
        if (!IsInside) return null;
        Breakpoint? first = null;
        foreach (Breakpoint breakpoint in _breakpoints)
        {
            if (!IsAt(breakpoint)) continue;
            if (isNew) breakpoint.Reached++;
            if (breakpoint.Log is null && breakpoint.HitTest?.Holds(breakpoint.Reached) != false) first ??= breakpoint;
        }

        return first;
    }

    // Before the instruction is done, and once: who goes back and on again has seen it.
    private void LogHere()
    {
        if (Machine.Steps < _loggedTo || !IsInside) return;
        _loggedTo = Machine.Steps + 1;
        foreach (Breakpoint breakpoint in _breakpoints)
            if (breakpoint.Log is { } log && IsAt(breakpoint) && breakpoint.HitTest?.Holds(breakpoint.Reached) != false)
                Log?.Invoke(log.Write(Machine));
    }

    private bool IsAt(Breakpoint breakpoint) =>
        (breakpoint.Place.Slots.Contains(Machine.Slot) || _watch.IsAt(breakpoint.Place, Machine))
        && (breakpoint.Test is null || IsTrue(breakpoint.Test));

    // A condition that cannot be found out stops: who waits for it wants to know.
    private bool IsTrue(Expression test)
    {
        try
        {
            return test.Evaluate(Machine) != 0;
        }
        catch (ExpressionException)
        {
            return true;
        }
    }

    private readonly record struct Position(int Slot, int Depth, CodeLine? Line)
    {
        // Code that a compiler made of no line has line 0.
        public bool IsOtherLine(Position other) => other.Line is { Line: > 0 }
            && !(Depth == other.Depth && Line?.Line == other.Line.Line && Line?.File == other.Line.File);
    }
}
