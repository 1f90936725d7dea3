using System.Text.Json;
using Skep.Debug.Dap.Wire;
using Skep.Debug.Debugger;
using Skep.Linux.Errors;

namespace Skep.Debug.Dap;

/// <summary>
/// The Debug Adapter Protocol on a pair of streams: one client, one program (docs/dap.md). Requests are answered in their order; a run ends
/// before the next one is read.
/// </summary>
public sealed class DapServer
{
    private const int Failed = 1;

    private static readonly string[] s_capabilities =
    [
        "supportsConfigurationDoneRequest", "supportsStepBack", "supportsFunctionBreakpoints", "supportsInstructionBreakpoints",
        "supportsConditionalBreakpoints", "supportsHitConditionalBreakpoints", "supportsLogPoints", "supportsDataBreakpoints",
        "supportsEvaluateForHovers", "supportsDisassembleRequest", "supportsReadMemoryRequest",
        "supportsSteppingGranularity", "supportsExceptionInfoRequest", "supportsRestartRequest", "supportsTerminateRequest",
        "supportsLoadedSourcesRequest",
    ];

    private readonly MessageReader _reader;
    private readonly MessageWriter _writer;
    private readonly Func<DapLaunch, DebugTarget> _launch;

    private InitializeArguments? _client;
    private Launched? _launched;
    private bool _isDone;

    /// <summary>A server of one client.</summary>
    /// <param name="input">What the client sends.</param>
    /// <param name="output">What it is sent.</param>
    /// <param name="launch">
    /// Makes what is debugged. Its <see cref="IOException"/>, <see cref="InvalidDataException"/>, <see cref="NotSupportedException"/>,
    /// <see cref="ArgumentException"/>, <see cref="UnauthorizedAccessException"/> and <see cref="KernelException"/> refuse the launch.
    /// </param>
    public DapServer(Stream input, Stream output, Func<DapLaunch, DebugTarget> launch)
    {
        ArgumentNullException.ThrowIfNull(input);
        ArgumentNullException.ThrowIfNull(output);
        ArgumentNullException.ThrowIfNull(launch);
        (_reader, _writer, _launch) = (new MessageReader(input), new MessageWriter(output), launch);
    }

    /// <summary>Answers requests until the client disconnects.</summary>
    /// <returns>0; 1 when the input is not the protocol's, or one of the streams fails.</returns>
    public int Run()
    {
        try
        {
            while (!_isDone && _reader.Read() is { } message) Serve(message);
            return 0;
        }
        catch (InvalidDataException e)
        {
            return GiveUp(e.Message);
        }
        catch (IOException)
        {
            return Failed;
        }
    }

    // Where the next message begins is not known.
    private int GiveUp(string reason)
    {
        try
        {
            _writer.Output("stderr", $"the input is not the Debug Adapter Protocol: {reason}");
            _writer.Event("terminated");
        }
        catch (IOException)
        {
            // Nobody reads it.
        }

        return Failed;
    }

    private void Serve(byte[] message)
    {
        if (message.Length == 0)
        {
            _writer.Refuse(new Request(), $"a message is empty, or longer than {MessageReader.MostBytes} bytes");
            return;
        }

        Request request;
        try
        {
            request = Request.Parse(message);
        }
        catch (JsonException)
        {
            _writer.Refuse(new Request(), "a message is no JSON object of a request");
            return;
        }

        // No request is sent to a client, so no response is expected.
        if (request.Type is "response" or "event") return;
        try
        {
            if (request.Type != "request" || request.Command is null || request.Seq is null)
                throw new RequestException("a message has no seq, no command or another type than request");
            Serve(request);
        }
        catch (Exception e) when (e is RequestException or Debugger.Expressions.ExpressionException)
        {
            _writer.Refuse(request, e.Message);
        }
    }

    private void Serve(Request request)
    {
        switch (request.Command)
        {
            case "initialize":
                Initialize(request);
                break;
            case "launch":
                Launch(request);
                break;
            case "attach":
                throw new RequestException("attach is not supported: a program is run in a machine of its own (launch it)");
            case "disconnect":
                _isDone = true;
                _writer.Respond(request);
                break;
            case "cancel" or "pause":
                // A run has ended before this is read.
                _writer.Respond(request);
                break;
            default:
                Launched launched = _launched ?? throw new RequestException($"{request.Command}: no program was launched");
                if (!launched.TryServe(request)) throw new RequestException($"{request.Command} is not supported");
                break;
        }
    }

    private void Initialize(Request request)
    {
        if (_client is not null) throw new RequestException("initialize came before");
        InitializeArguments client = request.Arguments(RequestContext.Default.Initialize);
        if (client.PathFormat is not (null or "path"))
            throw new RequestException($"pathFormat {client.PathFormat} is not supported (path is)");
        _client = client;
        _writer.Respond(request, json =>
        {
            foreach (string capability in s_capabilities) json.WriteBoolean(capability, true);
        });
    }

    private void Launch(Request request)
    {
        if (_client is null) throw new RequestException("initialize comes first");
        if (_launched is not null) throw new RequestException("a program was launched before");
        LaunchArguments arguments = request.Arguments(RequestContext.Default.Launch);
        if (string.IsNullOrEmpty(arguments.Program)) throw new RequestException("launch has no program (give the object file)");
        if (arguments.Number < 1) throw new RequestException("number is that of a packet, from 1");
        var launch = new DapLaunch(arguments.Program)
        {
            Prog = arguments.Prog,
            Packet = arguments.Packet,
            Pcap = arguments.Pcap,
            Number = arguments.Number ?? 1,
            Ctx = arguments.Ctx,
            StopOnEntry = arguments.StopOnEntry ?? true,
            StopOnExit = arguments.StopOnExit ?? false,
            Seed = arguments.Seed,
            AskKernel = arguments.AskKernel ?? false,
        };
        DebugSession session = Start(launch);
        var debuggee = new Debuggee(launch, session, _client.LinesStartAt1 ?? true, _client.ColumnsStartAt1 ?? true);
        _launched = new Launched(debuggee, _writer, isDebugged: arguments.NoDebug != true);
        _writer.Respond(request);
        _writer.Event("initialized");
    }

    private DebugSession Start(DapLaunch launch)
    {
        try
        {
            return new DebugSession(_launch(launch));
        }
        catch (Exception e) when (e is IOException or InvalidDataException or NotSupportedException or ArgumentException
            or UnauthorizedAccessException or KernelException)
        {
            // .NET puts the name of the parameter behind the reason.
            string behind = e is ArgumentException { ParamName: { } name } ? $" (Parameter '{name}')" : "";
            throw new RequestException(behind.Length > 0 ? e.Message.Replace(behind, "", StringComparison.Ordinal) : e.Message);
        }
    }
}
