/// Which modules of Python a pickle may name beyond those that are listed one by one.
///
/// What the standard library, PyTorch and NumPy offer is known, and what checkpoints need of it is
/// listed; any other name in them is refused even where it is only referred to, since the tools to
/// run a command are among them. The code of others, which made the model, is nowhere to be found
/// and is not wanted: its classes are kept as names.
enum PythonModules {
  /// Whether a class or function of this module that is not listed may be kept as a name.
  static func mayName(_ module: String, _ name: String) -> Bool {
    let parts = module.split(separator: ".", omittingEmptySubsequences: false)
    guard isIdentifier(name[...]) || mayNameInside(module, name), parts.allSatisfy(isIdentifier)
    else { return false }
    // In whatever case it is spelt: another spelling is no honest module's.
    guard reserved.contains(parts[0].lowercased()) else { return true }
    return models.contains { "\(module).".hasPrefix($0) }
  }

  /// Whether what stands in a class of this module, as `Outer.Inner`, may be kept as a name.
  static func mayNameInside(_ module: String, _ name: String) -> Bool {
    let parts = name.split(separator: ".", omittingEmptySubsequences: false)
    return parts.allSatisfy { isIdentifier($0) && $0.first != "_" }
      && parts.dropLast().allSatisfy { $0.first?.isUppercase ?? false }
      && !reserved.contains(module.split(separator: ".").first?.lowercased() ?? "")
  }

  static func isIdentifier(_ text: Substring) -> Bool {
    !text.isEmpty && text.first?.isNumber == false
      && text.allSatisfy { $0.isLetter || $0.isNumber || $0 == "_" }
  }

  /// The parts of PyTorch whose classes and functions whole modules and training states consist
  /// of.
  private static let models = [
    "torch.nn.", "torch._C._nn.", "torch.optim.", "torch.ao.nn.", "torch.ao.quantization.",
    "torch.quantization.", "torch.amp.", "torch.cuda.amp.", "torch.utils.data.",
    "torch.utils.hooks.", "torch.fx.", "torch._dynamo.", "torch.distributed.tensor.",
    "torch.distributed._tensor.", "torch.distributed._shard.", "torch.distributed.device_mesh.",
    "torch.distributed._mesh_layout.", "torch.distributed.fsdp.",
    "torch.distributed.algorithms.",
  ]

  /// Packages of which only what is listed may be named: the standard library of all versions of
  /// Python 3 and the names that Python 2 had for it, PyTorch, NumPy, and packages whose purpose is
  /// to run commands, to load code or to fetch it.
  private static let reserved: Set<String> = Set(
    [
      """
      __builtin__ __future__ __hello__ _abc _aix_support _android_support _apple_support _ast
      _ast_unparse _asyncio _bisect _blake2 _bootsubprocess _bz2 _codecs _codecs_cn _codecs_hk
      _codecs_iso2022 _codecs_jp _codecs_kr _codecs_tw _collections _collections_abc
      _colorize _compat_pickle _compression _contextvars _crypt _csv _ctypes _curses _curses_panel
      _datetime _dbm _decimal _elementtree _frozen_importlib _frozen_importlib_external _functools
      _gdbm _hashlib _heapq _hmac _imp _interpchannels _interpqueues _interpreters _io _ios_support
      _json _locale _lsprof _lzma _markupbase _md5 _msi _multibytecodec _multiprocessing _opcode
      _opcode_metadata _operator _osx_support _overlapped _pickle _posixshmem _posixsubprocess
      _py_abc _py_warnings _pydatetime _pydecimal _pyio _pylong _pyrepl _queue _random
      _remote_debugging
      _scproxy _sha1 _sha2 _sha256 _sha3 _sha512 _signal _sitebuiltins _socket _sqlite3 _sre _ssl
      _stat _statistics _string _strptime _struct _suggestions _symtable _sysconfig _thread
      _threading_local _tkinter _tokenize _tracemalloc _types _typing _uuid _warnings _weakref
      _weakrefset _winapi _winreg _wmi _zoneinfo _zstd
      """,
      """
      abc aifc annotationlib antigravity anydbm argparse array ast asynchat asyncio asyncore atexit
      audioop base64 basehttpserver bdb binascii binhex bisect builtins bz2 calendar cgi
      cgihttpserver cgitb chunk cmath cmd code codecs codeop collections colorsys commands
      compileall compression concurrent configparser contextlib contextvars cookielib copy copyreg
      copy_reg cpickle cprofile crypt cstringio csv ctypes curses dataclasses datetime dbhash dbm
      decimal difflib dircache dis distutils dl doctest dumbdbm dummy_thread email encodings
      ensurepip enum errno faulthandler fcntl filecmp fileinput fnmatch formatter
      fractions ftplib functools future_builtins gc gdbm genericpath getopt getpass gettext glob
      graphlib grp gzip hashlib heapq hmac hotshot html htmlentitydefs htmlparser http httplib
      idlelib ihooks imaplib imghdr imp importlib imputil inspect io ipaddress itertools json
      keyword lib2to3 linecache locale logging lzma mailbox mailcap marshal math mimetypes mmap
      modulefinder msilib msvcrt multiprocessing netrc new nis nntplib nt ntpath nturl2path numbers
      opcode operator optparse os os2 ossaudiodev pathlib pdb pickle pickletools pipes pkgutil
      platform plistlib popen2 poplib posix posixfile posixpath pprint profile pstats pty pwd
      py_compile pyclbr pydoc pydoc_data pyexpat queue quopri random re readline reprlib
      resource rexec rlcompleter runpy sched secrets select selectors shelve shlex shutil signal
      simplehttpserver simplexmlrpcserver site sitecustomize smtpd smtplib sndhdr socket
      socketserver spwd sqlite3 sre_compile sre_constants sre_parse ssl stat statistics string
      stringio stringprep struct subprocess sunau symtable sys sysconfig syslog tabnanny tarfile
      telnetlib tempfile termios textwrap this thread threading time timeit tkinter token tokenize
      tomllib trace traceback tracemalloc tty turtle turtledemo types typing unicodedata unittest
      urllib urllib2 urlparse usercustomize userdict userlist userstring uu uuid venv warnings
      wave weakref webbrowser whichdb winreg winsound wsgiref xdrlib xml xmlrpc xmlrpclib
      xxlimited xxsubtype zipapp zipfile zipimport zlib zoneinfo
      """,
      """
      torch numpy functorch
      _distutils_hack aiohttp asyncssh bdist cffi cloudpickle cython dask dill execnet fabric fire
      httpx invoke ipython ipykernel joblib jsonpickle keyring mitogen nbconvert nbformat notebook
      numba numexpr paramiko pexpect pip pkg_resources plumbum psutil ptyprocess py pyautogui
      pyximport ray requests sh setuptools torchelastic tvm urllib3 uvicorn wget wheel
      """,
    ].flatMap { $0.split(whereSeparator: \.isWhitespace).map(String.init) })
}
