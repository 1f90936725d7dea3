using Skep.Debug.Dap.Wire;
using Skep.Output;

namespace Skep.Debug.Dap;

/// <summary>The requests of a client for the program that it launched.</summary>
internal sealed class Launched
{
    private readonly Debuggee _debuggee;
    private readonly MessageWriter _writer;
    private readonly bool _isDebugged;
    private readonly Breakpoints _breakpoints;
    private readonly Execution _execution;
    private readonly ConsoleRequests _console;
    private readonly Inspection _inspection;
    private readonly MemoryRequests _memory;
    private bool _isConfigured;

    /// <param name="debuggee">The program.</param>
    /// <param name="writer">Where answers go.</param>
    /// <param name="isDebugged">Whether it stops anywhere.</param>
    public Launched(Debuggee debuggee, MessageWriter writer, bool isDebugged)
    {
        (_debuggee, _writer, _isDebugged) = (debuggee, writer, isDebugged);
        debuggee.Session.Log = text => writer.Output("console", SafeText.EscapeLines(text));
        _breakpoints = new Breakpoints(debuggee, writer);
        _execution = new Execution(debuggee, _breakpoints, writer);
        _console = new ConsoleRequests(debuggee, _execution, writer);
        _inspection = new Inspection(debuggee, writer);
        _memory = new MemoryRequests(debuggee, writer);
    }

    /// <summary>Answers a request; false for one that is not known.</summary>
    public bool TryServe(Request request)
    {
        switch (request.Command)
        {
            case "configurationDone":
                if (_isConfigured) throw new RequestException("configurationDone came before");
                _isConfigured = true;
                _writer.Respond(request);
                _execution.Begin(_isDebugged);
                return true;
            case "restart":
                _isConfigured = true;
                _debuggee.Session.Restart();
                _debuggee.References.Clear();
                _writer.Respond(request);
                _execution.Begin(_isDebugged);
                return true;
            case "terminate":
                _writer.Respond(request);
                _execution.End();
                return true;
            default:
                return _breakpoints.TryServe(request) || _console.TryServe(request) || _inspection.TryServe(request)
                    || _memory.TryServe(request) || _execution.TryServe(request);
        }
    }
}
